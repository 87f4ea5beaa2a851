"""The customers of the demo's shop. Their addresses are at domains that RFC 2606 keeps for examples."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

from relay.bootstrap.demo.brazilian_numbers import card, cpf, mobile_phone
from relay.domain.json_value import JsonValue

FIRST_NAMES = (  # noqa: SIM905 - names read as words, not as forty strings
    "Ana Beatriz Bruno Camila Carlos Cecília Daniel Eduarda Fernanda Gabriel Helena Igor Isabela João Júlia Larissa "
    "Leonardo Letícia Lucas Luiza Marcos Mariana Mateus Natália Otávio Patrícia Paulo Rafael Renata Rodrigo Sofia "
    "Tatiana Thiago Valentina Vinícius Yasmin"
).split()
SURNAMES = (  # noqa: SIM905 - as above
    "Almeida Araújo Barbosa Barros Cardoso Carvalho Castro Correia Costa Dias Fernandes Ferreira Freitas Gomes "
    "Gonçalves Lima Lopes Machado Martins Melo Monteiro Moreira Nascimento Nogueira Oliveira Pereira Ribeiro Rocha "
    "Santana Santos Silva Souza Teixeira Vieira"
).split()
MAIL_DOMAINS = ("example.com", "example.net", "example.org", "mail.example.com")
CITIES = (
    ("São Paulo", "SP", "01"),
    ("Rio de Janeiro", "RJ", "20"),
    ("Belo Horizonte", "MG", "30"),
    ("Curitiba", "PR", "80"),
    ("Porto Alegre", "RS", "90"),
    ("Salvador", "BA", "40"),
    ("Recife", "PE", "50"),
    ("Fortaleza", "CE", "60"),
)
"""City, state, first two digits of its postal codes."""
STREETS = ("Rua das Flores", "Avenida Brasil", "Rua XV de Novembro", "Rua Sete de Setembro", "Avenida Atlântica")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer; `profile` is what the shop keeps as JSON."""

    number: int
    name: str
    email: str
    cpf: str
    phone: str
    card: str
    city: str
    state: str
    profile: dict[str, JsonValue]


def people(random: Random, count: int) -> tuple[Person, ...]:
    """Return `count` customers, numbered from 1."""
    return tuple(_person(random, number) for number in range(1, count + 1))


def _person(random: Random, number: int) -> Person:
    first, last = random.choice(FIRST_NAMES), random.choice(SURNAMES)
    city, state, postal = random.choice(CITIES)
    return Person(
        number=number,
        name=f"{first} {random.choice(SURNAMES)} {last}",
        email=_email(random, f"{first}.{last}{number}"),
        cpf=cpf(random),
        phone=mobile_phone(random),
        card=card(random),
        city=city,
        state=state,
        profile={
            "address": {
                "street": f"{random.choice(STREETS)}, {random.randrange(1, 2000)}",
                "city": city,
                "state": state,
                "postalCode": f"{postal}{random.randrange(1000):03}-{random.randrange(1000):03}",
            },
            "contacts": [
                {"kind": "whatsapp", "value": mobile_phone(random)},
                {"kind": "email", "value": _email(random, f"{last}.familia{number}")},
            ],
            "preferences": {"newsletter": random.choice((True, False)), "language": "pt-BR"},
        },
    )


def _email(random: Random, local: str) -> str:
    plain = unicodedata.normalize("NFKD", local).encode("ascii", "ignore").decode().lower()
    return f"{plain}@{random.choice(MAIL_DOMAINS)}"
