"""Texts without personal data that look as if: ids, times, codes, measures, code, versions."""

from __future__ import annotations

import base64
import random
import string
import uuid
from collections.abc import Callable, Iterator, Mapping

from masking_corpus.digits import CHARACTERS, cpf_of, digits, ean_of, from_alphabet
from masking_corpus.sample import Sample
from masking_corpus.surroundings import SURROUNDINGS

Family = Callable[[random.Random], tuple[str, ...]]
_HEXADECIMAL = "0123456789abcdef"
_CELLS = tuple(each for each in SURROUNDINGS if each.family in (
    "cell", "log line", "CSV", "JSON", "ticket, Portuguese", "ticket, English", "SQL", "YAML", "markup"
) and each.template.count("{}") == 1)  # fmt: skip


def identifiers(rng: random.Random) -> tuple[str, ...]:
    """UUIDs, hashes, traces."""
    version = rng.choice((1, 3, 4, 5))
    plain = uuid.UUID(int=rng.getrandbits(128), version=version)
    ordered = f"0190{digits(rng, 4)}-{digits(rng, 4)}-7{digits(rng, 3)}-8{digits(rng, 3)}-{digits(rng, 12)}"
    blob = base64.b64encode(rng.randbytes(rng.choice((24, 60, 200)))).decode()
    return (
        str(plain), str(plain).upper(), plain.hex, ordered, f"{{{plain}}}", f"urn:uuid:{plain}",
        from_alphabet(rng, _HEXADECIMAL, 32), from_alphabet(rng, _HEXADECIMAL, 40), from_alphabet(rng, _HEXADECIMAL,
        64),
        f"sha256:{from_alphabet(rng, _HEXADECIMAL, 64)}", f"commit {from_alphabet(rng, _HEXADECIMAL, 7)}",
        f"trace_id={from_alphabet(rng, _HEXADECIMAL, 32)} span_id={from_alphabet(rng, _HEXADECIMAL, 16)}",
        f"00-{from_alphabet(rng, _HEXADECIMAL, 32)}-{from_alphabet(rng, _HEXADECIMAL, 16)}-01", blob,
        f"data:image/png;base64,{blob}", from_alphabet(rng, CHARACTERS, 26),
        f"0x{from_alphabet(rng, _HEXADECIMAL, 16)}",
        from_alphabet(rng, _HEXADECIMAL, 24), f"req_{from_alphabet(rng, string.ascii_letters + string.digits, 24)}",
        f"cus_{from_alphabet(rng, string.ascii_letters + string.digits, 14)}", f'etag W/"{digits(rng, 8)}-abc"',
    )  # fmt: skip


def times(rng: random.Random) -> tuple[str, ...]:
    """Dates, times and epochs of every unit."""
    now = rng.randrange(1_400_000_000, 1_900_000_000)
    day = f"{rng.randrange(1970, 2035)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    clock = f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"
    year, month, date = day.split("-")
    return (
        day, f"{day}T{clock}Z", f"{day} {clock}", f"{day}T{clock}.{digits(rng, 3)}+00:00",
        f"{day} {clock}.{digits(rng, 6)}-03", f"{date}/{month}/{year}", f"{date}/{month}/{year} {clock}",
        f"{month}/{date}/{year[2:]} 10:30 PM", f"{year}{month}{date}", f"{year}{month}{date}{clock.replace(':', '')}",
        f"{year}{month}{date}T{clock.replace(':', '')}Z", str(now), f"{now}{digits(rng, 3)}", f"{now}{digits(rng, 6)}",
        f"{now}{digits(rng, 9)}", f"{now}.{digits(rng, 6)}", f"{now}.{digits(rng, 3)}",
        f"{date}.{month}.{year} {clock[:5]}",
        f"{day} a {day}", f"{year}-{int(year) + 1}", f"{year}-W{rng.randrange(1, 53):02d}", f"PT{rng.randrange(60)}M",
        f"{date} de janeiro de {year} às {clock[:5]}", f"Thu, {date} Jan {year} {clock} GMT", clock,
        f"{clock[:5]}-{clock[:5]}",
    )  # fmt: skip


def numbers_of_things(rng: random.Random) -> tuple[str, ...]:
    """Orders, invoices, tickets, protocols, access keys, slips, parcels, articles."""
    key = digits(rng, 44)
    stem = rng.choice(("789", "790", "750", "590", "978", "500", "693")) + digits(rng, 9)
    article = ean_of(stem)
    slip = f"{digits(rng, 5)}.{digits(rng, 5)} {digits(rng, 5)}.{digits(rng, 6)} {digits(rng, 5)}.{digits(rng, 6)}"
    failing = cpf_of(digits(rng, 9))
    failing = failing[:2] + "5" + failing[3:9] + str((int(failing[9]) + 1) % 10) + failing[10]
    return (
        f"pedido {digits(rng, 8)}", f"pedido nº {digits(rng, 11)}", f"order_id: {digits(rng, 11)}",
        f"id={digits(rng, 11)}", f"Pedido nº {digits(rng, 10)}", f"order #{digits(rng, 9)}",
        f"order_id={digits(rng, 12)}",
        f"invoice {digits(rng, 8)}", f"INV-{rng.randrange(2020, 2030)}-{digits(rng, 6)}", f"PED-{digits(rng, 8)}",
        f"protocolo {digits(rng, 14)}", f"protocolo: {rng.randrange(2020, 2030)}{digits(rng, 10)}",
        f"chamado {digits(rng, 7)}",
        f"JIRA-{digits(rng, 5)}", f"#{digits(rng, 6)}", key, " ".join(key[at : at + 4] for at in range(0, 44, 4)),
        f"NFe{key}", digits(rng, 47), f"{slip} {rng.randrange(1, 10)} {digits(rng, 14)}", digits(rng, 48), failing,
        f"{rng.choice('ABCLMORS')}{rng.choice('ABRZ')}{digits(rng, 9)}BR",
        f"1Z{from_alphabet(rng, CHARACTERS, 6)}{digits(rng, 10)}",
        article, f"EAN {article}", f"ISBN 978-85-{digits(rng, 3)}-{digits(rng, 4)}-{rng.randrange(10)}",
        f"SKU-{digits(rng, 6)}",
        f"lote {digits(rng, 10)}", f"ag. {digits(rng, 4)} c/c {digits(rng, 5)}-{rng.randrange(10)}",
        f"CEP {digits(rng, 5)}-{digits(rng, 3)}",
        f"{digits(rng, 5)}-{digits(rng, 3)}", f"{digits(rng, 7)}-{digits(rng, 2)}.2026.8.26.{digits(rng, 4)}",
        f"NF {digits(rng, 9)}",
        f"contrato {digits(rng, 8)}/{rng.randrange(2010, 2030)}", f"tid={digits(rng, 10)}", f"NSU {digits(rng, 9)}",
        digits(rng, 8),
        digits(rng, 9), digits(rng, 10), digits(rng, 12), digits(rng, 15), f"{rng.choice('79')}{digits(rng, 15)}",
        digits(rng, 18),
    )  # fmt: skip


def measures(rng: random.Random) -> tuple[str, ...]:
    """Money, shares, floats, sizes, places, counts."""
    return (
        f"R$ {rng.randrange(1, 1000)}.{digits(rng, 3)},{digits(rng, 2)}",
        f"R$ {digits(rng, 1)}.{digits(rng, 3)}.{digits(rng, 3)},00",
        f"${rng.randrange(10**6)}.{digits(rng, 2)}", f"USD {rng.randrange(10**9):,}.00", f"{rng.random() * 100:.2f}%",
        f"{rng.random():.17f}", f"{rng.random() * 1e6:.6f}", f"{rng.random() * 10:.8e}", f"-{rng.random() * 1e9:.3f}",
        f"1e+{digits(rng, 2)}",
        f"{rng.uniform(-34, 5):.6f}, {rng.uniform(-74, -34):.6f}", f"-23.{digits(rng, 7)},-46.{digits(rng, 7)}",
        f"count: {rng.randrange(10**7)}",
        f"{rng.randrange(10**6)} rows affected", f"took {rng.randrange(10**5)} ms", f"p95={rng.random() * 1000:.3f}ms",
        f"{rng.randrange(10**9)} bytes",
        f"{rng.randrange(100)}/{rng.randrange(100)}", f"{rng.randrange(9999)}x{rng.randrange(9999)}",
        f"{digits(rng, 3)}-{digits(rng, 3)}",
        f"{rng.randrange(1, 99)} - {rng.randrange(100, 999)}", f"linhas {digits(rng, 4)}-{digits(rng, 4)}",
        f"{rng.random():.3f} {rng.random():.3f} {rng.random():.3f}",
        f"[{rng.randrange(99)}, {rng.randrange(999)}, {rng.randrange(9999)}]", f"R$ {rng.randrange(10**6)}",
        f"{rng.randrange(10**6)},{digits(rng, 2)}",
        " ".join(str(rng.randrange(10**4)) for _ in range(6)), ",".join(str(rng.randrange(1000)) for _ in range(8)),
    )  # fmt: skip


def machines(rng: random.Random) -> tuple[str, ...]:
    """Addresses, versions, processes, paths, images, pods, status lines."""
    host = ".".join(str(rng.randrange(256)) for _ in range(4))
    version = f"{rng.randrange(20)}.{rng.randrange(60)}.{rng.randrange(200)}"
    pod = f"{from_alphabet(rng, 'bcdf456789', 10)}-{from_alphabet(rng, 'bcdfghjklm24567', 5)}"
    mac = ":".join(from_alphabet(rng, _HEXADECIMAL, 2) for _ in range(6))
    return (
        host, f"{host}:{rng.randrange(1024, 65536)}", f"{host}/24", f"tcp://{host}:5432", f"v{version}", version,
        f"{version}-rc.{rng.randrange(9)}",
        f"react@{version}", f"@scope/pkg@{version}", f"@types/node@{version}-beta.{rng.randrange(9)}",
        f"lodash@^{version}", f"npm:left-pad@{version}",
        f"api-{pod}", f"registry.test/shop/api@sha256:{from_alphabet(rng, _HEXADECIMAL, 64)}", f"shop/api:{version}",
        mac, mac.replace(":", "-"),
        f"pid {digits(rng, 5)} tid {digits(rng, 6)}", f"pid={digits(rng, 7)}", "HTTP/1.1 200 OK",
        f'"GET /x HTTP/2.0" 499 {digits(rng, 5)}',
        f"/var/log/app/{digits(rng, 4)}/{digits(rng, 10)}.log", f"/srv/upload_{digits(rng, 9)}.tmp",
        f"img_{digits(rng, 8)}_{digits(rng, 6)}.jpg",
        f"C:\\logs\\{digits(rng, 8)}.txt", f"logo@{rng.randrange(2, 4)}x.png", f"port {rng.randrange(65536)}",
        f"s3://bucket/{digits(rng, 4)}/{digits(rng, 2)}/{digits(rng, 12)}.gz",
        "root@localhost", "postgres@db-1", "@joao", "oi @maria_2, tudo bem?", "a @ b", "SELECT @@version",
        "user@host:/path", f"PostgreSQL 15.4 on x86_64, compiled by gcc {version}",
        f"lsn {from_alphabet(rng, _HEXADECIMAL.upper(), 1)}/{from_alphabet(rng, _HEXADECIMAL.upper(), 8)}",
        f"xid {digits(rng, 9)}", f"2001:db8::{rng.randrange(9999)}",
        f"arn:aws:sqs:us-east-1:{digits(rng, 12)}:queue", f"projects/{digits(rng, 12)}/locations/us",
        f"0x{from_alphabet(rng, _HEXADECIMAL, 8)}",
    )  # fmt: skip


def code_and_prose(rng: random.Random) -> tuple[str, ...]:
    """Code, style sheets, prose about tokens, names that start like keys."""
    return (
        "@media (max-width: 600px)", "@app.route('/x')", "@Override public void x()", "#3b82f6",
        f"z-index: {digits(rng, 7)};", "a[0]@b[1]", "x = a @ b.T",
        "bearer token expired", "the bearer of this letter", "Bearer authentication failed", "missing Bearer scheme",
        "bearer bonds", 'Bearer realm="api"',
        'WWW-Authenticate: Bearer error="invalid_token"', "token do tipo Bearer inválido",
        "Authorization: Bearer <token>", "Authorization: Bearer {token}",
        "Authorization: Bearer ${TOKEN}", "Bearer $TOKEN", "Bearer [REDACTED]", "Bearer ***", "Bearer %s",
        "standard-bearer", "forbearer", "pallbearers arrived",
        "AKIA is a prefix", "ghp_ prefix", "xoxb- tokens", "AIza keys", "eyJ is base64",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "ssh-rsa AAAAB3NzaC1yc2E host", "phone number is missing", "telefone não informado", "cpf inválido",
        "e-mail inválido", "cartão recusado", "me@", "@example.com",
        "foo@bar", "user at example", "call me at noon", "GB82 is not one", "DE 12 34", "R$ 10 + 55 = 65",
        "(11) itens", "(2024) 15 casos", "1+1=2", "555-1234",
        "3 de 10", "100% @ 20.5", "5 kg @ 12.50 each", "CVE-2024-12345", "RFC 5322", "ISO-8859-1", "utf-8", "x86_64",
        "h264", "mp3", "IPv6", "sha-256",
        f"color: rgb({rng.randrange(256)}, {rng.randrange(256)}, {rng.randrange(256)})",
        f"lorem ipsum {rng.randrange(100)} dolor",
    )  # fmt: skip


FAMILIES: Mapping[str, Family] = {
    each.__name__.replace("_", " "): each
    for each in (identifiers, times, numbers_of_things, measures, machines, code_and_prose)
}


def hard_negatives(seed: int, rounds: int) -> Iterator[Sample]:
    """Yield each negative once a round, alone and in surroundings by turns."""
    rng = random.Random(seed)
    for number in range(rounds):
        for family, make in FAMILIES.items():
            for index, negative in enumerate(make(rng)):
                alone = (index + number) % 2
                text = negative if alone else rng.choice(_CELLS).around(negative)
                yield Sample(kind=family, form=negative, text=text, expected=text)
