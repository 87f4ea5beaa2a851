"""Look-alikes as an outsider would make them up, by family."""

from __future__ import annotations

import hashlib
import random
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

HEX = "0123456789abcdef"


def _digits(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(string.digits) for _ in range(length))


def _moment(rng: random.Random) -> datetime:
    return datetime(2015, 1, 1, tzinfo=UTC) + timedelta(
        seconds=rng.randrange(400_000_000), microseconds=rng.randrange(10**6)
    )


def moment(rng: random.Random) -> str:
    """A time in some notation."""
    when = _moment(rng)
    notations = ("%Y-%m-%dT%H:%M:%S.%fZ", "%d/%m/%Y %H:%M:%S", "%b %d, %Y %I:%M %p", "%Y%m%d%H%M%S", "%Y%m%d-%H%M%S",
        "%d-%m-%Y",
                 "%A, %d %B %Y", "%H:%M:%S.%f", "%Y/%m/%d", "%d.%m.%y", "%Y-%m-%d %H:%M:%S,123",
                 "%d/%b/%Y:%H:%M:%S +0000")  # fmt: skip
    seconds = when.timestamp()
    epochs = (
        str(int(seconds)),
        str(int(seconds * 1e3)),
        str(int(seconds * 1e6)),
        f"{int(seconds)}{_digits(rng, 9)}",
        f"{seconds:.3f}",
    )
    return rng.choice((*map(when.strftime, notations), *epochs))


def identifier(rng: random.Random) -> str:
    """An identifier that a program made."""
    made = uuid.UUID(int=rng.getrandbits(128), version=rng.choice((1, 3, 4, 5)))
    digest = hashlib.new(rng.choice(("md5", "sha1", "sha256", "sha512")), rng.randbytes(8)).hexdigest()
    return rng.choice((
        str(made), str(made).upper(), made.hex, digest, digest[:8], digest[:12], f"i-0{digest[:16]}",
        f"vol-{digest[:17]}", f"{digest[:24]}",
        f"1-{digest[:8]}-{digest[8:32]}",
        f"01H{''.join(rng.choice('0123456789ABCDEFGHJKMNPQRSTVWXYZ') for _ in range(23))}",
        f"{rng.randrange(10**17, 10**18)}", f"api-{digest[:10]}-{digest[10:15]}", f"job_{_digits(rng, 6)}",
        f"{_digits(rng, 3)}-{_digits(rng, 7)}-{_digits(rng, 7)}",
        f"pi_{''.join(rng.choice(string.ascii_letters + string.digits) for _ in range(24))}",
        f"{rng.choice('ABC')}{_digits(rng, 2)}-{_digits(rng, 5)}",
    ))  # fmt: skip


def payment_slip(rng: random.Random) -> str:
    """The digits of a Brazilian payment slip, in the groups that are printed on it."""
    fields = " ".join(f"{_digits(rng, 5)}.{_digits(rng, length)}" for length in (5, 6, 6))
    return f"{fields} {rng.randrange(1, 10)} {_digits(rng, 14)}"


def business_number(rng: random.Random) -> str:
    """A number of an order, an invoice, a case, an article, a parcel."""
    return rng.choice((
        f"ORD-{_digits(rng, 8)}", f"INV{rng.randrange(2019, 2027)}{_digits(rng, 6)}",
        f"#{rng.randrange(10**4, 10**7)}", f"pedido {rng.randrange(10**6, 10**9)}",
        f"order {rng.randrange(10**7, 10**10)}", f"NF-e {_digits(rng, 9)}", _digits(rng, 44),
        payment_slip(rng),
        f"BR{_digits(rng, 9)}BR", f"RE{_digits(rng, 9)}US", f"1Z999AA1{_digits(rng, 10)}",
        f"{_digits(rng, 7)}-{_digits(rng, 2)}.2024.8.26.0100",
        f"978-{_digits(rng, 1)}-{_digits(rng, 2)}-{_digits(rng, 6)}-{_digits(rng, 1)}",
        f"789{_digits(rng, 10)}", f"CASE-{_digits(rng, 6)}", f"OS {_digits(rng, 5)}/2025",
        f"protocolo {rng.randrange(2018, 2027)}{_digits(rng, 8)}", f"ABC{_digits(rng, 1)}D{_digits(rng, 2)}",
        f"ag 0{_digits(rng, 3)} cc {_digits(rng, 6)}-{_digits(rng, 1)}", f"CEP {_digits(rng, 5)}-{_digits(rng, 3)}",
        f"{_digits(rng, 5)}-{_digits(rng, 3)}", f"lote L{_digits(rng, 7)}", f"SKU {_digits(rng, 4)}-{_digits(rng, 3)}",
        f"IMEI 35{_digits(rng, 13)}", f"ICCID 89{_digits(rng, 17)}", f"20-{_digits(rng, 8)}-{_digits(rng, 1)}",
        f"DOI 10.{_digits(rng, 4)}/{_digits(rng, 6)}", f"patente US{_digits(rng, 7)}B2",
    ))  # fmt: skip


def quantity(rng: random.Random) -> str:
    """An amount, a measure, a place, a range."""
    return rng.choice((
        f"R$ {rng.randrange(1, 999)}.{_digits(rng, 3)},{_digits(rng, 2)}",
        f"${rng.randrange(10**7):,}.{_digits(rng, 2)}", f"€ {rng.randrange(1000)},{_digits(rng, 2)}",
        f"{rng.uniform(0, 100):.1f}%",
        f"{rng.randrange(10**8)} rows", f"count={rng.randrange(10**9)}",
        f"{rng.uniform(-90, 90):.5f}, {rng.uniform(-180, 180):.5f}", f"{rng.random():.15f}",
        f"{rng.random() * 1e-7:.6e}", f"{rng.randrange(10**6)}ms",
        f"{rng.randrange(1, 500)}MB", f"pages {rng.randrange(100, 200)}-{rng.randrange(200, 400)}",
        f"ports 30000-{rng.randrange(30001, 32768)}", f"{rng.randrange(2000, 2024)}-{rng.randrange(2024, 2031)}",
        f"{rng.randrange(1000, 5000)}-{rng.randrange(5000, 9999)}",
        f"x={rng.uniform(0, 2000):.3f} y={rng.uniform(0, 2000):.3f}",
        f"[{', '.join(str(rng.randrange(10**5)) for _ in range(5))}]", f"{rng.randrange(100)} 000 000",
        f"1.{_digits(rng, 3)}.{_digits(rng, 3)}", f"width:{rng.randrange(2000)}px",
        f"{rng.randrange(9)}.{rng.randrange(9)}e{rng.randrange(10, 30)}", f"offset={rng.randrange(10**10)}",
        f"{rng.randrange(10**12)} bytes", f"-{rng.randrange(10**6)}", f"{rng.randrange(60)}:{rng.randrange(60):02d}",
    ))  # fmt: skip


def system(rng: random.Random) -> str:
    """A thing of networks, releases, files or code."""
    address = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
    version = f"{rng.randrange(30)}.{rng.randrange(30)}.{rng.randrange(30)}"
    return rng.choice((
        address, f"{address}:{rng.randrange(1000, 65000)}", f"10.{rng.randrange(255)}.0.0/16",
        f"fe80::{rng.randrange(10**4)}", ":".join(rng.choice(HEX) + rng.choice(HEX) for _ in range(6)), f"v{version}",
        f"{version}-SNAPSHOT",
        f"@babel/core@{version}", f"lodash@{version}", f"actions/checkout@v{rng.randrange(5)}",
        f"golang.org/x/net@v0.{rng.randrange(40)}.0", f"nginx:{version}-alpine",
        f"sha256:{''.join(rng.choice(HEX) for _ in range(64))}",
        f"/var/lib/data/{_digits(rng, 6)}/{_digits(rng, 8)}.parquet",
        f"s3://logs/2025/{_digits(rng, 2)}/part-{_digits(rng, 5)}.gz", "sprite@2x.png", "icon@1.5x.png", "@Override",
        "@app.get('/health')", "@media print", "@elonmusk", "admin@localhost",
        "root@db01", "a@b", "x @ y", "@dataclass(frozen=True)", "user@",
        f"Chrome/{rng.randrange(90, 130)}.0.{_digits(rng, 4)}.{_digits(rng, 3)} Safari/537.36",
        f"CVE-{rng.randrange(2010, 2026)}-{_digits(rng, 5)}", f"RFC{_digits(rng, 4)}",
        f"HTTP/1.1 {rng.choice((200, 404, 503))}",
        f"thread-{rng.randrange(500)}", f"pid={_digits(rng, 5)}", f"0x{''.join(rng.choice(HEX) for _ in range(12))}",
        f"#{''.join(rng.choice(HEX) for _ in range(6))}", f"arn:aws:iam::{_digits(rng, 12)}:role/app",
        f"ami-0{''.join(rng.choice(HEX) for _ in range(16))}",
        f"LSN 0/{''.join(rng.choice(HEX.upper()) for _ in range(7))}", f"xid={_digits(rng, 8)}",
        "rgba(12, 120, 240, 0.5)", f"Build {_digits(rng, 5)}.{_digits(rng, 4)}",
        f"libssl{rng.randrange(3)}.{rng.randrange(9)}", "SELECT count(*) FROM t WHERE id > 1000000",
    ))  # fmt: skip


def words(rng: random.Random) -> str:
    """Prose around the words that detectors wait for."""
    return rng.choice((
        "the bearer must be of age", "Bearer auth is not configured", "bearer token missing", "a bearer bond",
        "expected Bearer scheme", "Bearer tokens expire after 1h", "use Bearer authentication",
        "o token Bearer expirou", "Bearer: <your-token>",
        "invalid email format", "no phone on file", "telefone inválido", "cartão vencido em 12/27",
        "CPF não encontrado", "CNPJ inativo", "call back at 10:30", "ligar amanhã às 15h", "sem telefone",
        "tel. não informado", "the card was declined (code 51)",
        "ramal 1234", "extension 4021", "room 415", "apto 1203 bloco 11", "Rua 15 de Novembro, 1200",
        "1600 Pennsylvania Ave", "sala 904", "km 42,5", "voo LA 3456", "gate B22", "turno 22-06", "das 08:00 às 18:00",
        "10 de 25", "3x sem juros", "12 meses", "top 10 of 2024",
        "eyJ prefix", "AKIA prefix", "ghp_xxx", "xoxb-***", "IBAN required", "DE is Germany", "card ending in 4242",
        "cartão final 1234", "last four 0005", "+1 for this", "+55 points", "2 + 2 = 4", "C++11", "A/B 50/50", "24/7",
        "9-to-5", "F1 2024",
    ))  # fmt: skip


FAMILIES: dict[str, Callable[[random.Random], str]] = {
    "moment": moment, "identifier": identifier, "business number": business_number, "quantity": quantity,
    "system": system, "words": words,
}  # fmt: skip
