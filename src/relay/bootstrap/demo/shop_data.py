"""What the demo's shop holds: the same rows on every run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeAlias

from relay.bootstrap.demo.brazilian_numbers import bare
from relay.bootstrap.demo.shop_people import FIRST_NAMES, SURNAMES, Person, people
from relay.domain.json_value import JsonValue

Cell: TypeAlias = int | str | bool | Decimal | datetime | dict[str, JsonValue] | None
Table: TypeAlias = list[tuple[Cell, ...]]

SEED = 20_260_115
CUSTOMERS = 300
ORDERS = 900
TICKETS = 160
STAFF = 24
OPENED = datetime(2025, 7, 1, 9, tzinfo=UTC)
STATUSES = ("paid", "paid", "paid", "shipped", "shipped", "delivered", "delivered", "cancelled")

PRODUCTS = (
    ("Cafeteira italiana", "129.90"),
    ("Chaleira elétrica", "189.00"),
    ("Jogo de panelas", "459.90"),
    ("Liquidificador", "229.90"),
    ("Ventilador de mesa", "179.50"),
    ("Fone de ouvido", "349.00"),
    ("Teclado mecânico", "419.00"),
    ("Mochila impermeável", "239.90"),
    ("Tênis de corrida", "499.90"),
    ("Rede de descanso", "149.90"),
    ("Luminária de mesa", "99.90"),
    ("Caixa de som", "319.00"),
)

# Personal data in the middle of a sentence, as customers write it: no column says that it is there.
TICKET_TEXTS = (
    ("Boleto não chegou", "O boleto do pedido {order} não chegou. Meu CPF é {cpf}, podem reenviar para {email}?"),
    ("Troca de tamanho", "Quero trocar o tênis do pedido {order}. Me liguem no {phone} depois das 18h, por favor."),
    ("Cobrança em dobro", "Cobraram duas vezes no cartão {card} o pedido {order}. Preciso do estorno ainda hoje."),
    ("Mudança de cadastro", "Mudei de e-mail: o novo é {email}. O CPF continua {bare_cpf}, sem pontos."),
    ("Nota fiscal", "Podem emitir a nota do pedido {order} no CPF {cpf}? O cadastro está sem ele. Obrigado!"),
    ("Entrega atrasada", "O pedido {order} está atrasado há cinco dias e ninguém responde. Quando chega?"),
    ("Erro no aplicativo", "O aplicativo mostra erro 401 e este texto: Authorization: Bearer {token} . O que eu faço?"),
    ("Elogio", "Produto excelente e entrega rápida, pedido {order}. Recomendo a loja!"),
)  # fmt: skip


class ShopData:
    """The rows of each table, in the order of its columns in shop_schema.sql, and the events for MongoDB."""

    def __init__(self) -> None:
        random = Random(SEED)  # noqa: S311 - sample data, and the same on every run
        self.people = people(random, CUSTOMERS)
        self.orders: Table = []
        self.order_items: Table = []
        self._buy(random)
        self.customers: Table = [_customer(random, person) for person in self.people]
        self.products: Table = [(n, name, Decimal(price)) for n, (name, price) in enumerate(PRODUCTS, 1)]
        self.support_tickets: Table = [self._ticket(random, number) for number in range(1, TICKETS + 1)]
        self.staff_salaries: Table = [_salary(random, number) for number in range(1, STAFF + 1)]

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield each table's name and rows, a referenced table before what refers to it."""
        for name in ("customers", "products", "orders", "order_items", "support_tickets", "staff_salaries"):
            yield name, getattr(self, name)

    def _buy(self, random: Random) -> None:
        for number in range(1, ORDERS + 1):
            items = [(product, random.randrange(1, 4)) for product in random.sample(range(1, len(PRODUCTS) + 1), 2)]
            prices = [Decimal(PRODUCTS[product - 1][1]) for product, _ in items]
            total = sum((price * count for price, (_, count) in zip(prices, items, strict=True)), Decimal())
            ordered = OPENED + timedelta(minutes=number * 260 + random.randrange(200))
            self.orders.append((number, random.randrange(1, CUSTOMERS + 1), random.choice(STATUSES), total, ordered))
            for (product, count), price in zip(items, prices, strict=True):
                self.order_items.append((len(self.order_items) + 1, number, product, count, price))

    def _ticket(self, random: Random, number: int) -> tuple[Cell, ...]:
        person = random.choice(self.people)
        subject, text = TICKET_TEXTS[number % len(TICKET_TEXTS)]
        body = text.format(
            order=random.randrange(1, ORDERS + 1),
            cpf=person.cpf,
            bare_cpf=bare(person.cpf),
            email=person.email,
            phone=person.phone,
            card=person.card,
            token=token(random),
        )
        return number, person.number, subject, body, OPENED + timedelta(hours=number * 25), number % 3 == 0


def token(random: Random) -> str:
    """Return what looks like an opaque access token."""
    return f"{random.getrandbits(160):040x}"


def _customer(random: Random, person: Person) -> tuple[Cell, ...]:
    since = OPENED - timedelta(days=random.randrange(1, 900))
    return (person.number, person.name, person.email, person.cpf, person.phone, person.card, person.profile, since)


def _salary(random: Random, number: int) -> tuple[Cell, ...]:
    name = f"{random.choice(FIRST_NAMES)} {random.choice(SURNAMES)}"
    return number, name, random.choice(("Vendas", "Estoque", "Suporte")), Decimal(random.randrange(2200, 14000))
