"""Whole artifacts: a cell, a log, a table, a request, a mail, a conversation, a dump."""

# ruff: noqa: RUF001 - dashes as people type them
from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from masking_stranger import noise, values
from masking_stranger.pieces import Artifact

MAIN = ("cpf", "email", "credit_card", "phone", "bearer_token")


def _value(rng: random.Random, artifact: Artifact, kinds: tuple[str, ...] = tuple(values.MAKERS)) -> Artifact:
    kind = rng.choice(MAIN if rng.random() < 0.6 and kinds == tuple(values.MAKERS) else kinds)
    return artifact.value(kind, values.MAKERS[kind](rng))


def _noise(rng: random.Random, artifact: Artifact) -> Artifact:
    family = rng.choice(list(noise.FAMILIES))
    return artifact.keep(family, noise.FAMILIES[family](rng))


def cell(rng: random.Random) -> Artifact:
    """One value, nothing else."""
    return _value(rng, Artifact("cell"))


def noise_cell(rng: random.Random) -> Artifact:
    """One look-alike, nothing else."""
    return _noise(rng, Artifact("noise cell"))


def log(rng: random.Random) -> Artifact:
    """Lines of a service's log, some with values."""
    made = Artifact("log")
    for _ in range(rng.randrange(2, 6)):
        made.keep("moment", noise.moment(rng)).plain(
            rng.choice((" INFO ", " [ERROR] ", " WARN c.a.B - ", " level=info msg=", " | "))
        )
        made.plain(
            rng.choice(("request done id=", "lookup failed for ", "user=", "payload: ", "ctx={", "cause: ", "evento "))
        )
        (_value if rng.random() < 0.5 else _noise)(rng, made)
        made.plain(rng.choice(("\n", " ok\n", " (retry 2)\n", " elapsed=12ms\n", "}\n", " status=500\n")))
    return made


def key_values(rng: random.Random) -> Artifact:
    """A structured log line."""
    made, quote = Artifact("key=value"), rng.choice(("", '"'))
    for name in rng.sample(("customer", "subject", "ref", "actor", "target", "data", "field", "detail"), 4):
        made.plain(f"{name}={quote}")
        (_value if rng.random() < 0.5 else _noise)(rng, made)
        made.plain(f"{quote} ")
    return made


def json_line(rng: random.Random) -> Artifact:
    """A JSON object, sometimes inside a JSON string."""
    made, quote = Artifact("JSON"), rng.choice(('"', '\\"', '"'))
    made.plain("{")
    for name in rng.sample(("name", "contact", "document", "payload", "note", "source", "extra", "origin"), 4):
        made.plain(f"{quote}{name}{quote}: {quote}")
        (_value if rng.random() < 0.5 else _noise_without_quotes)(rng, made)
        made.plain(f"{quote}, ")
    return made.plain(f"{quote}n{quote}: 1}}")


def _noise_without_quotes(rng: random.Random, artifact: Artifact) -> Artifact:
    family = rng.choice(("moment", "identifier", "business number", "quantity"))
    return artifact.keep(family, noise.FAMILIES[family](rng))


def sql(rng: random.Random) -> Artifact:
    """A statement with literals."""
    made = Artifact("SQL").plain(
        rng.choice(("INSERT INTO customers (a, b, c) VALUES ('", "UPDATE x SET a = '", "SELECT 1 WHERE a IN ('"))
    )
    _value(rng, made).plain("', '")
    _noise_without_quotes(rng, made).plain("', '")
    return _value(rng, made).plain("');")


def table(rng: random.Random) -> Artifact:
    """Delimited lines."""
    made, delimiter = Artifact("table"), rng.choice((",", ";", "\t", " | "))
    for number in range(rng.randrange(1, 4)):
        made.plain(f"{number}{delimiter}")
        _value(rng, made, ("cpf", "email", "phone", "credit_card", "cnpj", "iban")).plain(delimiter)
        _noise_without_quotes(rng, made).plain(delimiter)
        _value(rng, made, ("cpf", "email", "phone", "credit_card")).plain("\r\n" if number % 2 else "\n")
    return made


def markup(rng: random.Random) -> Artifact:
    """Elements and attributes."""
    made = Artifact("markup").plain(rng.choice(("<user><doc>", "<td class='x'>", '<input value="', "<b>", "<!-- ")))
    return _value(rng, made).plain(rng.choice(("</doc></user>", "</td>", '" />', "</b>", " -->")))


def query(rng: random.Random) -> Artifact:
    """A URL with a query."""
    made = Artifact("URL").plain(
        rng.choice(("https://api.acme.io/v2/find?doc=", "GET /search?term=", "/callback?state=abc&login="))
    )
    kind = rng.choice(("cpf", "email", "phone"))
    while " " in (text := values.MAKERS[kind](rng)) or "(" in text or "–" in text:
        pass
    return made.value(kind, text).plain(rng.choice(("&page=2", " HTTP/1.1", "#top", "&ts=1700000000123")))


PORTUGUESE = (
    ("Boa tarde, o cliente ", " entrou em contato sobre o pedido e não recebeu retorno. Favor tratar com urgência."),
    ("Prezados, segue em anexo o comprovante. Dados para conferência: ", ". Atenciosamente, Carla"),
    ("não consigo logar no app com ", " já tentei de tudo :("), ("Erro ao cadastrar ", ", sistema diz que já existe."),
    ("Transferência de ", " não caiu na conta até agora, já faz 3 dias úteis!"), ("Favor trocar para ",
    "; o anterior está desativado."),
    ("Me chama no ", " depois das 18h"), ("Cobrança indevida ref. ", " - solicito estorno imediato"),
    ("obs: confirmar ", " antes do envio"),
)  # fmt: skip
ENGLISH = (
    ("Customer wrote in from ", " and wants a refund."), ("Please verify ", " against our records before Friday."),
    ("I was charged twice, my details are ", ", can you check?"), ("User reported that ",
    " is rejected by the form (see screenshot)"),
    ("FYI the old one was ", " but it's no longer valid."), ("> forwarded: ", "\n> thanks"), ("Escalating: ",
    " keeps failing since the deploy."),
    ("their info (", ") leaked into the logs, please scrub"), ("reply to ", " by EOD"),
)  # fmt: skip


def ticket(rng: random.Random) -> Artifact:
    """What people write to support."""
    made = Artifact("ticket")
    for _ in range(rng.randrange(1, 3)):
        before, after = rng.choice(PORTUGUESE + ENGLISH)
        _value(rng, made.plain(before)).plain(f"{after}\n")
        if rng.random() < 0.5:
            _noise(rng, made.plain("Ref.: ")).plain("\n")
    return made


def mail(rng: random.Random) -> Artifact:
    """Headers of a mail."""
    made = Artifact("mail")
    for header in ("From: Suporte <", 'To: "Lima, Ana" <', "Reply-To: <", "Cc: <"):
        address = values.email(rng).replace("%40", "@")
        made.plain(header).value("email", address).plain(">\r\n")
    return made.plain("Message-Index: 12\r\n\r\n")


def commands(rng: random.Random) -> Artifact:
    """A call with a token."""
    made = Artifact("command").plain(
        rng.choice(
            (
                'curl -H "Authorization: ',
                "http GET x 'Authorization:",
                "-H 'authorization: ",
                'headers={"Authorization": "',
            )
        )
    )
    return made.value("bearer_token", values.bearer_token(rng)).plain(
        rng.choice(('" https://api.acme.io', "'", "' -d '{}'", '"}'))
    )


def labelled(rng: random.Random) -> Artifact:
    """A word that says what it is, right before."""
    kind, label = rng.choice((
        ("cpf", "CPF "), ("cpf", "cpf:"), ("cpf", "CPF nº "), ("cpf", "doc="), ("cpf", "CPF-"), ("phone", "Tel: "),
        ("phone", "celular "), ("phone", "phone:"), ("phone", "whats "),
        ("credit_card", "cartão "), ("credit_card", "card#"), ("credit_card", "PAN="), ("email", "e-mail: "), ("email",
        "mailto:"), ("email", "email="), ("cnpj", "CNPJ "), ("iban", "IBAN "), ("iban", "IBAN:"),
    ))  # fmt: skip
    made = Artifact("labelled").plain(rng.choice(("", "x ", "(", "- ", "1) "))).plain(label)
    return made.value(kind, values.MAKERS[kind](rng)).plain(
        rng.choice(("", ".", ")", " ok", ", etc", "\n", " 🙂", "!!!", "…", "?"))
    )


def hidden(rng: random.Random) -> Artifact:
    """A value that somebody wrote so that it is not seen."""
    kind = rng.choice(("cpf", "credit_card", "phone", "email"))
    text = values.MAKERS[kind](rng)
    at = rng.randrange(1, len(text) - 1)
    changed = rng.choice((
        "".join(chr(ord(each) + 0xFEE0) if each.isdecimal() and each.isascii() else each for each in text),
        text[:at] + "\u200b" + text[at:],
        text.replace("-", rng.choice("‐‑‒–—−")), text.replace(" ", "\u00a0"), "\u200d".join(text),
        text[:at] + "\u00ad" + text[at:],
        "".join(chr(0x660 + int(each)) if each.isdecimal() and each.isascii() else each for each in text),
        text.replace(".", "\uff0e"), text.replace("@", "\uff20"),
        text[:at] + "\u2060\ufeff" + text[at:], text[:at] + "\u0301" + text[at:],
    ))  # fmt: skip
    return (
        Artifact("hidden")
        .plain(rng.choice(("", "dado: ", "«")))
        .value(kind, changed)
        .plain(rng.choice(("", " ok", "»")))
    )


KINDS: tuple[Callable[[random.Random], Artifact], ...] = (
    cell, noise_cell, log, key_values, json_line, sql, table, markup, query, ticket, mail, commands, labelled, hidden,
)  # fmt: skip


def artifacts(seed: int, rounds: int) -> Iterator[Artifact]:
    """Yield each kind of artifact so many times."""
    rng = random.Random(seed)
    for _ in range(rounds):
        for make in KINDS:
            yield make(rng)
