"""The shop's data: the same on every run, whole, and nobody's."""

import json

import pytest

from relay.adapters.outbound.masking.masker import build_masker
from relay.bootstrap.demo.shop_data import CUSTOMERS, ORDERS, TICKET_TEXTS, ShopData
from relay.bootstrap.demo.shop_events import shop_events
from relay.bootstrap.demo.shop_people import MAIL_DOMAINS
from relay.domain.masking import MaskingSettings


@pytest.fixture(scope="module")
def shop() -> ShopData:
    return ShopData()


def test_data_is_the_same_when_made_again(shop):
    again = ShopData()
    assert list(again.tables()) == list(shop.tables())
    assert shop_events(again) == shop_events(shop)


def test_every_reference_is_met_when_the_tables_are_made(shop):
    customers = {row[0] for row in shop.customers}
    orders = {row[0] for row in shop.orders}
    products = {row[0] for row in shop.products}
    assert {row[1] for row in shop.orders} <= customers
    assert {row[1] for row in shop.support_tickets} <= customers
    assert {row[1] for row in shop.order_items} == orders
    assert {row[2] for row in shop.order_items} == products
    assert (len(customers), len(orders)) == (CUSTOMERS, ORDERS)


def test_orders_cost_what_their_items_cost_when_added_up(shop):
    totals = {}
    for _, order, _, quantity, price in shop.order_items:
        totals[order] = totals.get(order, 0) + quantity * price
    assert totals == {row[0]: row[3] for row in shop.orders}


def test_mail_addresses_belong_to_nobody_when_drawn(shop):
    reserved = ("example.com", "example.net", "example.org")
    assert all(domain.endswith(reserved) for domain in MAIL_DOMAINS)
    assert {person.email.split("@")[1] for person in shop.people} <= set(MAIL_DOMAINS)
    assert len({person.email for person in shop.people}) == CUSTOMERS


def test_no_personal_value_is_left_when_a_ticket_is_masked(shop):
    masker = build_masker(MaskingSettings())
    people = {person.number: person for person in shop.people}
    for _, customer, _, body, _, _ in shop.support_tickets:
        masked = masker.mask_text(body).text
        person = people[customer]
        for value in (
            person.email,
            person.cpf,
            person.card,
            person.phone,
            person.cpf.replace(".", "").replace("-", ""),
        ):
            assert value not in masked


def test_every_kind_of_ticket_is_there_when_the_tickets_are_made(shop):
    assert {row[2] for row in shop.support_tickets} == {subject for subject, _ in TICKET_TEXTS}


def test_events_hold_secrets_at_depth_when_made(shop):
    text = json.dumps(shop_events(shop), default=str)
    assert '"authorization": "Bearer ' in text
    assert {event["type"] for event in shop_events(shop)} == {"login", "login_failed", "checkout"}
