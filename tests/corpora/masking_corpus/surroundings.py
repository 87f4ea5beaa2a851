"""Where values stand: cells, log lines, URLs, SQL, JSON, markup, mail, tickets and talk, in two languages."""

# ruff: noqa: RUF001 - dashes as people type them
from __future__ import annotations

import json
import quopri
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import quoteattr

Encode = Callable[[str], str]


def _json_ascii(value: str) -> str:
    return json.dumps(value)[1:-1]


def _json_unicode(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _json_slashes(value: str) -> str:
    return json.dumps(value)[1:-1].replace("/", "\\/")


def _as_it_is(value: str) -> str:
    return value


def _quoted_printable(value: str) -> str:
    return quopri.encodestring(value.encode()).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A text with `{}` where the value goes, and how the value is written there."""

    family: str
    template: str
    encode: Encode = _as_it_is

    def around(self, value: str) -> str:
        """Put an encoded value or a mask in its place."""
        return self.template.replace("{}", value)


def _rows(family: str, encode: Encode, *templates: str) -> tuple[Surroundings, ...]:
    return tuple(Surroundings(family=family, template=template, encode=encode) for template in templates)


SURROUNDINGS: tuple[Surroundings, ...] = (
    *_rows(
        "cell", _as_it_is,
        "{}", "{}", "{}", " {}", "{} ", "\t{}\n", "{}.", "{};", "{}, {}", "{} {}", "{}\n{}", "{}/{}", "{},{}", "{}|{}",
        "({})", "[{}]", "<{}>", '"{}"', "'{}'", "`{}`", "«{}»", "“{}”", "*{}*", "**{}**", "~{}~", "#{}", "→{}←",
        "😀{}😀", "✅ {} ❌", "{}!", "{}?", "¿{}?", "…{}…", "={}", "={}=", "valor:{}", "é{{}}".replace("{{}}", " {}"),
    ),
    *_rows(
        "log line", _as_it_is,
        "2026-01-15T10:30:00.123Z INFO  [http-nio-8080-exec-1] c.e.shop.CustomerService - lookup value={} took=35ms",
        "2026-01-15 10:30:01,204 ERROR customer={} order=123456 status=500",
        "Jan 15 10:30:01 web-1 sshd[1234]: Accepted publickey for {} from 10.0.0.7 port 51514 ssh2",
        '10.1.2.3 - - [15/Jan/2026:10:30:01 +0000] "GET /health HTTP/1.1" 200 612 "-" "{}"',
        'level=warn ts=2026-01-15T10:30:01Z caller=main.go:42 msg="retry" subject="{}" attempt=3',
        "java.lang.IllegalArgumentException: invalid value: {}\n\tat com.example.Shop.check(Shop.java:42)",
        'E0115 10:30:01.000000       1 reconciler.go:123] "failed" pod="shop/api-7d9f8b6c5-x2x4z" err="bad {}"',
        "[2026-01-15 10:30:01] production.ERROR: Duplicate entry '{}' for key 'users.ux_value'",
        'Traceback (most recent call last):\n  File "app.py", line 3, in f\nValueError: {}',
        "duration: 12.345 ms  parameters: $1 = '{}', $2 = '42'",
        "Key (value)=({}) already exists.",
        "user={};op=login;ms=12",
        "DEBUG {} -> {}",
    ),
    *_rows(
        "URL", quote,
        "https://shop.test/api/search?q={}&page=2", "GET /v1/customers?filter={} HTTP/1.1",
        "https://shop.test/#/profile/{}", "https://shop.test/find?a=1&b={}",
    ),
    *_rows("form", quote_plus, "name=Ana+Lima&value={}&ok=1", "https://shop.test/f?x={}&y=caf%C3%A9"),
    *_rows(
        "SQL", lambda value: value.replace("'", "''"),
        "INSERT INTO people (id, v, n) VALUES (7, '{}', 'x')", "SELECT * FROM t WHERE v = '{}' LIMIT 10",
        "UPDATE t SET v='{}' WHERE id=1;", "... WHERE v IN ('{}','x')", "COPY t FROM stdin;\n1\t{}\tx\n\\.",
        "WHERE v LIKE '%{}%'", "-- {}\nSELECT 1",
    ),
    *_rows(
        "JSON", _json_unicode,
        '{"id": 1, "value": "{}", "ok": true}', '{"a":["{}","{}"],"n":12}', '{"k":{"{}":1}}',
        '{"message":"cliente {} não encontrado","level":"error"}',
    ),
    *_rows(
        "JSON, ASCII", _json_ascii, '{"value":"{}"}', '{"log":"linha 1\\n{}\\nlinha 3"}', '{"log":"a\\t{}\\tb"}',
        '"{\\"value\\":\\"{}\\",\\"n\\":1}"',
    ),
    *_rows("JSON, PHP", _json_slashes, '{"value":"{}","url":"https:\\/\\/shop.test\\/"}'),
    *_rows("CSV", _as_it_is, "id,value,n\n1,{},2\n3,x,4", "1;{};x", "1\t{}\tx", '"1","{}","x"', "1|{}|x"),
    *_rows(
        "markup", escape,
        "<customer><value>{}</value></customer>", "<p>Contato: <b>{}</b></p>", "<td>{}</td><td>{}</td>",
        "<![CDATA[{}]]>", "<li>{}<br/>",
    ),
    *_rows("attribute", lambda value: quoteattr(value)[1:-1], '<input name="v" value="{}"/>', '<a title="{}">x</a>'),
    *_rows("YAML", _as_it_is, "customer:\n  value: {}\n  n: 1", "- {}\n- x", 'v: "{}"', "v: '{}'  # note"),
    *_rows("markdown", _as_it_is, "- **valor**: {}\n- x", "| a | {} | b |", "> {}\n\nok", "`{}` foi informado"),
    *_rows("mail header", _as_it_is, "From: shop\r\nSubject: dados {}\r\n\r\nok", "X-Value: {}\r\nX-N: 1"),
    *_rows("quoted-printable", _quoted_printable, "Ol=C3=A1, segue o dado: {} obrigado"),
    *_rows(
        "ticket, Portuguese", _as_it_is,
        "Olá, bom dia! Meu cadastro está errado, segue o dado: {}. Aguardo retorno.\nAtt, João",
        "Cliente informou {} e pediu retorno até 15/01/2026 às 10h30.",
        "Não consigo acessar minha conta ({}) desde ontem, aparece erro 500...",
        "Favor verificar o cadastro {} , o cliente reclamou 3 vezes.",
        "Segue: {}\nObrigada!", "titular {}, nascido em 01/02/1990", "O dado correto é {} e não o que está no sistema",
        "dados do cliente: {} / {}", "ATENÇÃO – {} – URGENTE",
    ),
    *_rows(
        "ticket, English", _as_it_is,
        "Hi team, the customer says that {} is wrong on the invoice. Please fix ASAP!",
        "Could you please update it to {}? Thanks, Mary", "Reached out at {} twice, no answer since 2026-01-15.",
        "The user (with {}) can't log in; error 401.", "Re: {} - still broken",
        "It's {}, isn't it?",
    ),
    *_rows("chat", _as_it_is, "[10:30] ana: {} blz?", "oi {} tks", "@joao manda pra {} por favor 🙏", "{} 👍",
           "ok...{}"),
)  # fmt: skip

OF_KIND: dict[str, tuple[Surroundings, ...]] = {
    "cpf": _rows(
        "label", _as_it_is,
        "CPF:{}", "CPF: {}", "cpf={}", "CPF nº {}.", "CPF/MF {}", "CPF {} RG 12.345", "cpf{}", "CPF{}", "doc_{}",
        "cliente-{}", "user_cpf_{}.pdf", "inscrito no CPF sob o n.º {}, residente", '{"cpf":{}}',
        "/clientes/{}/pedidos",
        "c.p.f.: {}", "titular{}fim",
    ),
    "cnpj": _rows(
        "label", _as_it_is,
        "CNPJ:{}", "CNPJ: {}", "cnpj={}", "CNPJ nº {}.", "CNPJ/MF sob o nº {}", "cnpj{}", "empresa_{}", '"cnpj":"{}"',
        "/empresas/{}/notas",
    ),
    "email": _rows(
        "label", _as_it_is,
        "mailto:{}", '"Ana Lima" <{}>', "Ana Lima <{}>, Bia <{}>", "email={}", "e-mail:{}", "To: {}\r\nCc: {}",
        '<a href="mailto:{}">escreva</a>', "contato:{};", "{}:senha123", "user/{}/x", "smtp;550 <{}>: unknown",
        "rcpt=<{}>, relay=x", "E-MAIL {}",
    ),
    "credit_card": _rows(
        "label", _as_it_is,
        "cartão: {}", "card={}", "CARD {} exp 12/28 cvv 123", "pan:{}", "cc_{}", "cartao{}", "visa {} ok",
        "cartão final {}",
        '"card_number":"{}"', "charged {} for $12.00", "{} 12/28",
    ),
    "phone": _rows(
        "label", _as_it_is,
        "tel: {}", "Tel.: {}", "telefone {}", "Fone:{}", "cel {}", "WhatsApp: {}", "phone={}", "tel:{}",
        "ligar para {}",
        "call {} now", "{} (recado)", "fones {} ou {}", "{} / {}", "☎ {}", "📱{}", '"phone":"{}"', "contato {} - Ana",
    ),
    "bearer_token": _rows(
        "header", _as_it_is,
        "Authorization: {}", "authorization: {}\r\nAccept: */*", '{"Authorization": "{}"}', "{'Authorization': '{}'}",
        "curl -H 'Authorization: {}' https://api.test/v1", 'curl -H "Authorization: {}" -d x', "auth={}", "[{}]",
        "({})",
        'headers=[Authorization:"{}", Accept:"*/*"]', "Authorization={}, Host=api.test", "token was {}.", "<h>{}</h>",
        "req.headers.authorization = `{}`;", "Proxy-Authorization: {}",
    ),
}  # fmt: skip
