"""Gets the suites out of packages; nothing of them is kept in this repository."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

DOWNLOAD_TIMEOUT_S = 900


class UnavailableError(Exception):
    """A package could not be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A source distribution, by name, version and hash, and where its suites lie."""

    name: str
    version: str
    sha256: str
    folder: str

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.version}.tar.gz"


# TPC-H and TPC-DS with a little data, as sqlglot's own tests use them.
SQLGLOT = Package(
    name="sqlglot",
    version="30.30.0",
    sha256="b8e344042c85d7baa1d0d827127dfe1611ce9ac59bceab6fe370665baeb14ce7",
    folder="tests/fixtures/optimizer",
)
# PostgreSQL 18's regression scripts: libpg_query, which pglast carries, tests its deparser with them.
PGLAST = Package(
    name="pglast",
    version="8.8",
    sha256="ff9998ec6bac4f30f84db6b6edb28a0fb03b1eda5c8ad211ab8362f5a08b833b",
    folder="libpg_query/test/sql/postgres_regress",
)


def fetch(package: Package, folder: Path) -> Path:
    """Download a package with pip, check its hash, unpack its suites. Raises UnavailableError."""
    archive = folder / package.file_name
    if not archive.exists():
        _download(package, folder)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
        raise UnavailableError(f"{package.file_name} is not the file that was expected")
    inside = f"{package.name}-{package.version}/{package.folder}/"
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if member.isfile() and member.name.startswith(inside)]
        tar.extractall(folder, members=members, filter="data")
    return folder / inside


def _download(package: Package, folder: Path) -> None:
    sys.stderr.write(f"downloading {package.file_name} (pip builds its metadata, which may take two minutes)\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-binary", package.name, "--dest", str(folder), f"{package.name}=={package.version}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=DOWNLOAD_TIMEOUT_S)  # noqa: S603 - constants
    except (subprocess.SubprocessError, OSError):
        raise UnavailableError(
            f"{package.name} {package.version} could not be downloaded: is there a network?"
        ) from None
