"""Texts with personal data or a credential in them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from masking_corpus import contacts, documents
from masking_corpus.disguises import DISGUISES
from masking_corpus.sample import Sample
from masking_corpus.surroundings import OF_KIND, SURROUNDINGS, Surroundings

MASKS = {
    "cpf": "***.***.***-**", "cnpj": "**.***.***/****-**", "email": "***@***.***",
    "credit_card": "****-****-****-****", "phone": "(**) *****-****", "bearer_token": "Bearer ***",
    "jwt": "eyJ***.***.***", "aws_access_key": "AKIA****************", "gcp_api_key": "AIza***",
    "github_token": "gh*_***", "slack_token": "xox*-***", "private_key": "-----REDACTED KEY-----",
    "iban": "****-****-****-****", "rg": "**.***.***-*", "pis": "***.*****.**-*",
    "pix_random_key": "********-****-****-****-************", "ipv4": "***.***.***.***", "ipv6": "****:****",
    "us_ssn": "***-**-****",
}  # fmt: skip
OFF_BY_DEFAULT = ("rg", "pis", "pix_random_key", "ipv4", "ipv6", "us_ssn")
DOCUMENTED = ("cpf", "email", "credit_card", "phone", "bearer_token")
DISGUISED = ("cpf", "email", "credit_card", "phone")
_SEVERAL = 3


def forms_of(rng: random.Random) -> dict[str, documents.Forms]:
    """Return one value in each of its forms, by detector."""
    simple = (documents.cpf, documents.cnpj, documents.credit_card, documents.iban, documents.pis, documents.rg,
              documents.us_ssn, contacts.email, contacts.phone, contacts.bearer_token, contacts.jwt)  # fmt: skip
    made = {make.__name__: make(rng) for make in simple}
    return made | contacts.keys(rng) | contacts.addresses(rng)


def _fits(surroundings: Surroundings, value: str) -> bool:
    """A value of several lines has no place in a URL or a comment; a bare number needs no quotes.

    A token may hold nearly any character, so that nobody can tell where it ends before a bar, a slash or a tilde.
    """
    if value[:6].lower() == "bearer" and any(
        end in surroundings.template for end in ("{}|", "{}/", "{}~", "{}=", "{}#")
    ):
        return False
    if "\n" in value:
        return surroundings.family in ("cell", "JSON", "JSON, ASCII", "markup", "log line")
    return surroundings.template != '{"cpf":{}}' or (value.isdigit() and value[0] != "0")


def _sample(kind: str, form: str, surroundings: Surroundings, value: str) -> Sample:
    text = surroundings.around(surroundings.encode(value))
    expected = surroundings.around(MASKS[kind])
    return Sample(
        kind=kind,
        form=f"{form} / {surroundings.family}",
        text=text,
        expected=expected,
        secrets=(value, surroundings.encode(value)),
    )


def plain(seed: int, rounds: int) -> Iterator[Sample]:
    """Yield each form of each kind once a round, in ever other surroundings."""
    rng = random.Random(seed)
    for _round in range(rounds):
        for kind, forms in forms_of(rng).items():
            places = SURROUNDINGS + OF_KIND.get(kind, ()) * 2
            for form, value in forms.items():
                surroundings = rng.choice([place for place in places if _fits(place, value)])
                yield _sample(kind, form, surroundings, value)


def disguised(seed: int, rounds: int) -> Iterator[Sample]:
    """Yield values written with other characters than the plain ones."""
    rng = random.Random(seed)
    places = [place for place in SURROUNDINGS if place.family in ("cell", "ticket, Portuguese", "log line", "chat")]
    for _round in range(rounds):
        values = forms_of(rng)
        for kind in DISGUISED:
            for name, disguise in DISGUISES.items():
                form, value = rng.choice(list(values[kind].items()))
                changed = disguise(rng, value)
                if changed != value and "spelt" not in form and "arroba" not in form and "entity" not in form:
                    yield _sample(kind, f"{name}, {form}", rng.choice(places), changed)


def together(seed: int, rounds: int) -> Iterator[Sample]:
    """Yield texts with several values of several kinds."""
    rng = random.Random(seed)
    joints = (" ", ", ", "; ", " | ", "\n", "\t", " - ", " e ", " and ", " ; ", "\r\n", '","', "</b><b>", " // ")
    for _round in range(rounds):
        values = forms_of(rng)
        kinds = rng.sample(DOCUMENTED, _SEVERAL)
        joint = rng.choice(joints)
        chosen = [rng.choice(list(values[kind].values())) for kind in kinds]
        expected = joint.join(MASKS[kind] for kind in kinds)
        text = joint.join(chosen)
        yield Sample(kind="several", form=f"{kinds} by {joint!r}", text=text, expected=expected, secrets=tuple(chosen))
