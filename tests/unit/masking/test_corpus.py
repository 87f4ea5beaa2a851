"""Recall and false positives over seeded corpora: values, log lines, URLs, JSON, SQL, tickets, hard negatives."""

# ruff: noqa: RUF001 - dashes as people type them
from __future__ import annotations

import random
import re
import uuid

import pytest

SAMPLES = 1500
LEAST_RECALL = 0.995
MOST_TOUCHED = 0.005

SURROUNDINGS = (
    "{}",
    " {} ",
    "valor: {}",
    "value={}",
    '"{}"',
    "({})",
    "<b>{}</b>",
    "{}, obrigado",
    "é {}.",
    "[{}]",
    "|{}|",
    "{};",
    '{{"data": "{}", "n": 1}}',
    "{{'key': '{}'}}",
    "https://shop.test/api?x={}&y=2",
    "https://shop.test/#{}",
    "2026-01-15T10:30:00.123Z INFO [main] c.e.App - processed {} in 35 ms",
    "2026-01-15 10:30:01 ERROR user={} code=500",
    "INSERT INTO t (id, v) VALUES (7, '{}')",
    "SELECT * FROM t WHERE v = '{}' LIMIT 10",
    "id,valor\n1,{}\n2,x",
    "1;{};x",
    "Olá, meu cadastro está com erro, segue o dado: {} e aguardo retorno. Grato, João",
    "Hi team, the customer says that {} is wrong on the invoice. Please fix ASAP!",
    "line one\n{}\nline three",
    "\t{}\t",
    "Cliente informou {} / não confirmou",
    "«{}»",
    "– {} –",
    "→{}←",
    "*{}*",
    "`{}`",
    "dados:{}",
)
KINDS = ("cpf", "email", "card", "phone", "bearer")


def hard_negatives(rng: random.Random) -> list[str]:
    def digits(count):
        return "".join(rng.choices("0123456789", k=count))

    now = 1_700_000_000 + rng.randrange(10**8)
    millis = f"{now}{digits(3)}"
    numbers = ".".join(str(rng.randrange(256)) for _ in range(4))
    year, month, day = rng.randrange(1990, 2030), rng.randrange(1, 13), rng.randrange(1, 29)
    clock = f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"
    stem = f"{rng.choice(('789', '790', '978', '979', '500'))}{digits(9)}"
    check = -sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(stem)) % 10
    sha = f"{rng.getrandbits(160):040x}"
    return [
        f"PED-{digits(8)}",
        f"ORD-2026-{digits(6)}",
        f"order #{digits(7)}",
        f"pedido {digits(10)}",
        f"pedido nº {digits(11)}",
        str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        uuid.UUID(int=rng.getrandbits(128)).hex,
        f"{year}-{month:02d}-{day:02d}T{clock}Z",
        f"{year}-{month:02d}-{day:02d} {clock}.{digits(6)}-03",
        f"{day:02d}/{month:02d}/{year} {clock}",
        f"{year}{month:02d}{day:02d}{clock.replace(':', '')}",
        str(now),
        millis,
        f"ts={millis}",
        f"{now}{digits(6)}",
        sha,
        sha[:7],
        f"commit {sha[:12]}",
        f"v{rng.randrange(20)}.{rng.randrange(99)}.{digits(3)}",
        f"react@{rng.randrange(20)}.{rng.randrange(9)}.{rng.randrange(9)}",
        f"{rng.randrange(10)}.{rng.randrange(10)}.0-rc.{rng.randrange(9)}",
        f"count: {rng.randrange(10**7)}",
        f"{rng.randrange(10**6)} rows affected",
        numbers,
        f"{numbers}:{rng.randrange(1024, 65535)}",
        f"R$ {rng.randrange(1000)}.{digits(3)},{digits(2)}",
        f"$ {rng.randrange(10**6)}.{digits(2)}",
        f"{rng.random() * 1e6:.6f}",
        f"-{rng.random():.12f}",
        f"{stem}{check}",
        f"ISBN 978-85-{digits(3)}-{digits(4)}-{digits(1)}",
        f"EAN {stem}{check}",
        f"BR{digits(9)}BR",
        f"{rng.choice('ABCDEF')}{rng.choice('ABCDEF')}{digits(9)}CN",
        f"1Z{digits(6)}{digits(10)}",
        f"CEP {digits(5)}-{digits(3)}",
        f"/var/log/app/{year}/{month:02d}/{digits(10)}.log",
        f"/orders/{digits(11)}/items",
        f"img_{digits(8)}_{digits(6)}.jpg",
        f"logo@{rng.randrange(2, 4)}x.png",
        "@joao",
        "user@localhost",
        "npm i @scope/pkg",
        f"{rng.randrange(2000, 2030)}-{rng.randrange(2000, 2030)}",
        f"{digits(2)}h{digits(2)}",
        f"pid {digits(5)} tid {digits(6)}",
        f"0x{rng.getrandbits(64):016x}",
        f"{rng.getrandbits(64):016x}-{rng.getrandbits(64):016x}",
        f"trace_id={rng.getrandbits(128):032x}",
        f"took {rng.randrange(10**5)} ms",
        f"{rng.randrange(100)}%",
        f"{rng.randrange(1, 9)}x{rng.randrange(1, 9)}",
        f"NF-e {digits(9)}",
        f"SKU-{digits(4)}-{digits(4)}",
        f"lote {digits(8)}",
        f"{digits(4)}-{digits(2)}",
        "00:1b:44:11:3a:b7",
        f"AA-{digits(4)}-{digits(4)}",
        f"{rng.uniform(-90, 90):.6f},{rng.uniform(-180, 180):.6f}",
        f"ticket {digits(6)}",
        "bearer token expired",
        "the bearer of this letter",
        "Bearer authentication failed",
        f"score 0.{digits(16)}",
        f"{rng.randrange(100)} de {rng.randrange(100)} itens",
        f"build {year}.{month}.{digits(5)}",
        f"port {rng.randrange(65535)}",
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2], ids=["first", "second"])
def test_recall_is_high_when_values_stand_in_ordinary_surroundings(kind, seed, people, masker):
    source = people(f"{kind}-{seed}")
    missed = []
    for index in range(SAMPLES):
        value = getattr(source, kind)()
        text = SURROUNDINGS[index % len(SURROUNDINGS)].format(value)
        masked = masker.mask_text(text)
        if value in masked.text or not masked.detections or _digits_left(value, masked.text):
            missed.append((text, masked.text))
    assert len(missed) <= SAMPLES * (1 - LEAST_RECALL), missed[:10]


def _digits_left(value: str, masked: str) -> bool:
    """A run of six or more of the value's own characters is still there."""
    return any(
        value[at : at + 8] in masked for at in range(max(1, len(value) - 8)) if re.search(r"\w{4}", value[at : at + 8])
    )


def test_few_hard_negatives_are_touched_when_they_stand_alone_or_in_text(masker):
    rng = random.Random(20_260_115)
    touched, total = [], 0
    for round_number in range(120):
        for index, negative in enumerate(hard_negatives(rng)):
            text = SURROUNDINGS[(index + round_number) % len(SURROUNDINGS)].format(negative)
            total += 1
            if masker.mask_text(text).detections:
                touched.append((text, masker.mask_text(text).text))
    assert total > 5000
    assert len(touched) <= total * MOST_TOUCHED, (len(touched), total, touched[:40])


def test_what_surrounds_a_value_stays_when_the_value_is_masked(people, masker):
    source = people(7)
    for index in range(1000):
        surroundings = SURROUNDINGS[index % len(SURROUNDINGS)]
        bare = source.bare_cpf()
        value = f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}-{bare[9:]}"
        assert masker.mask_text(surroundings.format(value)).text == surroundings.format("***.***.***-**")
