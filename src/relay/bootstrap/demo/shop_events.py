"""The shop's events, as its web servers write them to MongoDB."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from relay.bootstrap.demo.shop_data import OPENED, ORDERS, SEED, ShopData, token
from relay.bootstrap.demo.shop_people import Person

EVENTS = 400
KINDS = ("login", "login", "checkout", "login_failed")
DEVICES = (("Android", "Chrome"), ("iOS", "Safari"), ("Windows", "Edge"), ("Linux", "Firefox"))


def shop_events(shop: ShopData) -> list[dict[str, Any]]:
    """Return the documents of the collection `events`: the same on every run."""
    random = Random(SEED + 1)  # noqa: S311 - sample data, and the same on every run
    return [_event(random, number, random.choice(shop.people)) for number in range(1, EVENTS + 1)]


def _event(random: Random, number: int, person: Person) -> dict[str, Any]:
    kind = random.choice(KINDS)
    system, browser = random.choice(DEVICES)
    event: dict[str, Any] = {
        "_id": number,
        "type": kind,
        "at": OPENED + timedelta(minutes=number * 37),
        "user": {"id": person.number, "email": person.email, "cpf": person.cpf},
        # 203.0.113.0/24 is kept for documentation (RFC 5737)
        "client": {"ip": f"203.0.113.{random.randrange(1, 255)}", "device": {"os": system, "browser": browser}},
        "headers": {"authorization": f"Bearer {token(random)}", "accept-language": "pt-BR"},
    }
    if kind == "checkout":
        event["order"] = {"id": random.randrange(1, ORDERS + 1), "payment": {"method": "card", "card": person.card}}
    return event
