"""Addresses, telephone numbers and credentials, in the ways that people and programs write them."""

from __future__ import annotations

import ipaddress
import random
import string
import uuid

from masking_corpus.digits import CHARACTERS, digits, from_alphabet
from masking_corpus.documents import Forms

AREAS = (11, 12, 13, 19, 21, 24, 27, 31, 34, 41, 44, 47, 48, 51, 53, 61, 62, 65, 67, 71, 75, 81, 84, 85, 91, 92, 98)
NAMES = ("ana", "bruno.lima", "carla_souza", "d.costa", "eduardo-melo", "f1", "gabi", "h.i.j", "x", "maria.clara")
HOSTS = ("example", "mail.example", "empresa-x", "my.sub.domain", "a1", "163", "xn--bcher-kva", "x")
ENDS = ("com", "com.br", "org", "io", "co.uk", "museum", "gov.br", "tech", "dev", "de")
URL_SAFE = string.ascii_letters + string.digits + "-_"


def email(rng: random.Random) -> Forms:
    """One address for each way to write one."""
    name, host = rng.choice(NAMES), f"{rng.choice(HOSTS)}.{rng.choice(ENDS)}"
    plain = f"{name}{digits(rng, rng.randrange(4))}@{host}"
    return {
        "plain": plain,
        "upper": plain.upper(),
        "capitals": plain.title(),
        "plus": f"{name}+{rng.choice(('promo', '2026', 'a.b', 'x+y'))}@{host}",
        "digits only": f"{digits(rng, rng.choice((1, 5, 11)))}@{host}",
        "accents": f"{rng.choice(('joão', 'françois.d', 'müller', 'peña', 'zoë'))}@{host}",
        "domain of letters": f"{name}@{rng.choice(('bücher', 'münchen', 'correção'))}.{rng.choice(ENDS)}",
        "other scripts": rng.choice(("用户@例子.广告", "пример@почта.рф", "θσερ@εχαμπλε.ψομ", "उपयोगकर्ता@उदाहरण.कॉम")),
        "apostrophe": f"o'{name[0]}brien@{host}",
        "symbols": f"{name}{rng.choice(('_', '-', '.x', '!', '#1', '$', '~', '^'))}z@{host}",
        "percent": plain.replace("@", "%40"),
        "spelt out": f"{name.replace('.', '')} [at] {rng.choice(HOSTS[:3])} [dot] com",
        "arroba": f"{name} (arroba) empresa.com.br",
        "entity": plain.replace("@", "&#64;"),
    }


def _brazilian(rng: random.Random) -> Forms:
    area, first, last = rng.choice(AREAS), f"9{digits(rng, 4)}", f"{rng.randrange(10)}{digits(rng, 3)}"
    fixed = f"{rng.randrange(2, 6)}{digits(rng, 3)}"
    return {
        "(11) 98765-4321": f"({area}) {first}-{last}",
        "(11)98765-4321": f"({area}){first}-{last}",
        "(11) 9 8765-4321": f"({area}) 9 {first[1:]}-{last}",
        "(11) 98765 4321": f"({area}) {first} {last}",
        "(11) 98765.4321": f"({area}) {first}.{last}",
        "(11)987654321": f"({area}){first}{last}",
        "(011) 98765-4321": f"(0{area}) {first}-{last}",
        "(0xx11) 98765-4321": f"(0xx{area}) {first}-{last}",
        "0xx11 3333-4444": f"0xx{area} {fixed}-{last}",
        "0 15 11 98765-4321": f"0 {rng.choice((15, 21, 41))} {area} {first}-{last}",
        "015 11 98765-4321": f"0{rng.choice((15, 21, 41))} {area} {first}-{last}",
        "11 98765-4321": f"{area} {first}-{last}",
        "11 98765 4321": f"{area} {first} {last}",
        "11 9 8765 4321": f"{area} 9 {first[1:]} {last}",
        "11-98765-4321": f"{area}-{first}-{last}",
        "11.98765.4321": f"{area}.{first}.{last}",
        "11/98765-4321": f"{area}/{first}-{last}",
        "1198765-4321": f"{area}{first}-{last}",
        "11987654321": f"{area}{first}{last}",
        "011987654321": f"0{area}{first}{last}",
        "5511987654321": f"55{area}{first}{last}",
        "+5511987654321": f"+55{area}{first}{last}",
        "+55 11 98765-4321": f"+55 {area} {first}-{last}",
        "+55 (11) 98765-4321": f"+55 ({area}) {first}-{last}",
        "+55(11)98765-4321": f"+55({area}){first}-{last}",
        "+55 11 98765 4321": f"+55 {area} {first} {last}",
        "+55-11-98765-4321": f"+55-{area}-{first}-{last}",
        "+55.11.98765.4321": f"+55.{area}.{first}.{last}",
        "55 11 98765-4321": f"55 {area} {first}-{last}",
        "55 (11) 98765-4321": f"55 ({area}) {first}-{last}",
        "(11) 3333-4444": f"({area}) {fixed}-{last}",
        "11 3333-4444": f"{area} {fixed}-{last}",
        "11-3333-4444": f"{area}-{fixed}-{last}",
        "(11)33334444": f"({area}){fixed}{last}",
        "+551133334444": f"+55{area}{fixed}{last}",
        "+55 11 3333-4444": f"+55 {area} {fixed}-{last}",
        "0800 123 4567": f"0800 {digits(rng, 3)} {last}",
        "0800-123-4567": f"0800-{digits(rng, 3)}-{last}",
        "(11) 98765-4321 ramal 12": f"({area}) {fixed}-{last} ramal {digits(rng, 2)}",
    }


def _foreign(rng: random.Random) -> Forms:
    us, exchange, last = rng.choice((212, 415, 305, 617, 702)), rng.randrange(200, 1000), digits(rng, 4)
    pairs = [f"{rng.randrange(100):02d}" for _ in range(4)]
    three = [digits(rng, 3) for _ in range(3)]
    return {
        "+1 (415) 555-0123": f"+1 ({us}) {exchange}-{last}",
        "+1-415-555-0123": f"+1-{us}-{exchange}-{last}",
        "+1 415 555 0123": f"+1 {us} {exchange} {last}",
        "+14155550123": f"+1{us}{exchange}{last}",
        "+1.415.555.0123": f"+1.{us}.{exchange}.{last}",
        "(415) 555-0123": f"({us}) {exchange}-{last}",
        "(415)555-0123": f"({us}){exchange}-{last}",
        "415-555-0123": f"{us}-{exchange}-{last}",
        "415.555.0123": f"{us}.{exchange}.{last}",
        "1-415-555-0123": f"1-{us}-{exchange}-{last}",
        "1 (415) 555-0123": f"1 ({us}) {exchange}-{last}",
        "+44 20 7946 0958": f"+44 20 7{three[0]} {last}",
        "+44 7700 900123": f"+44 7{three[0]} {three[1]}{three[2]}",
        "+44 (0)20 7946 0958": f"+44 (0)20 7{three[0]} {last}",
        "020 7946 0958": f"020 7{three[0]} {last}",
        "07700 900123": f"07{three[0]} {three[1]}{three[2]}",
        "+447700900123": f"+447{three[0]}{three[1]}{three[2]}",
        "+351 912 345 678": f"+351 91{rng.randrange(10)} {three[1]} {three[2]}",
        "+351912345678": f"+35191{rng.randrange(10)}{three[1]}{three[2]}",
        "00351 912 345 678": f"00351 91{rng.randrange(10)} {three[1]} {three[2]}",
        "+54 9 11 1234-5678": f"+54 9 11 {digits(rng, 4)}-{last}",
        "+54 11 1234 5678": f"+54 11 {digits(rng, 4)} {last}",
        "+52 55 1234 5678": f"+52 55 {digits(rng, 4)} {last}",
        "+52 1 55 1234 5678": f"+52 1 55 {digits(rng, 4)} {last}",
        "+49 30 123456": f"+49 30 {digits(rng, 6)}",
        "+49 151 12345678": f"+49 151 {digits(rng, 8)}",
        "+49 (0) 30 1234567": f"+49 (0) 30 {digits(rng, 7)}",
        "030 12345678": f"030 {digits(rng, 8)}",
        "+33 6 12 34 56 78": f"+33 6 {' '.join(pairs)}",
        "+33612345678": f"+336{''.join(pairs)}",
        "06 12 34 56 78": f"06 {' '.join(pairs)}",
        "06.12.34.56.78": f"06.{'.'.join(pairs)}",
        "+34 612 345 678": f"+34 6{pairs[0]} {three[1]} {three[2]}",
        "+34 612 34 56 78": f"+34 6{pairs[0]} {pairs[1]} {pairs[2]} {pairs[3]}",
        "+39 06 1234 5678": f"+39 06 {digits(rng, 4)} {last}",
        "+39 347 123 4567": f"+39 34{rng.randrange(10)} {three[1]} {last}",
        "+91 98765 43210": f"+91 9{digits(rng, 4)} {digits(rng, 5)}",
        "+81 90-1234-5678": f"+81 90-{digits(rng, 4)}-{last}",
        "+86 138 1234 5678": f"+86 138 {digits(rng, 4)} {last}",
        "+61 412 345 678": f"+61 4{pairs[0]} {three[1]} {three[2]}",
        "415 555 0123": f"{us} {exchange} {last}",
        "347 123 4567": f"34{rng.randrange(10)} {rng.randrange(200, 1000)} {last}",
        "347 1234567": f"34{rng.randrange(10)} {three[1]}{last}",
        "02 1234 5678": f"02 {digits(rng, 4)} {last}",
        "612 34 56 78": f"6{pairs[0]} {pairs[1]} {pairs[2]} {pairs[3]}",
        "98765 43210": f"9{digits(rng, 4)} {digits(rng, 5)}",
        "55 1234 5678": f"55 {digits(rng, 4)} {last}",
        "011 4321-5678": f"011 4{three[0]}-{last}",
        "(011) 4321-5678": f"(011) 4{three[0]}-{last}",
        "030/12345678": f"030/{digits(rng, 8)}",
        "0151 12345678": f"0151 {digits(rng, 8)}",
        "089 123456": f"089 {digits(rng, 6)}",
        "+1 415-555-0123 ext. 12": f"+1 {us}-{exchange}-{last} ext. {digits(rng, 2)}",
    }


def phone(rng: random.Random) -> Forms:
    """One number for each way to write one, in Brazil and abroad."""
    return _brazilian(rng) | _foreign(rng)


def bearer_token(rng: random.Random) -> Forms:
    """One token for each case, length and alphabet."""
    word = rng.choice(("Bearer", "bearer", "BEARER", "bEaReR"))
    segments = [from_alphabet(rng, URL_SAFE, count) for count in (27, 60, 43)]
    return {
        "hexadecimal": f"{word} {from_alphabet(rng, '0123456789abcdef', rng.choice((16, 32, 40, 64)))}",
        "url safe": f"{word} {rng.choice(string.ascii_letters)}{from_alphabet(rng, URL_SAFE, rng.randrange(8, 80))}0",
        "base64": f"{word} A{from_alphabet(rng, URL_SAFE[:62] + '+/', 30)}{rng.choice(('=', '==', ''))}",
        "full alphabet": f"{word} a{from_alphabet(rng, URL_SAFE + '.~+/', 40)}Z",
        "jwt": f"{word} eyJ{segments[0]}.eyJ{segments[1]}.{segments[2]}",
        "short": f"{word} {from_alphabet(rng, string.ascii_letters, 2)}{digits(rng, 3)}",
        "uuid": f"{word} {uuid.UUID(int=rng.getrandbits(128), version=4)}",
        "with a bar": f"{word} {digits(rng, 2)}|{from_alphabet(rng, URL_SAFE[:62], 40)}",
        "prefixed": f"{word} {rng.choice(('sk_live_', 'ya29.', 'EAACEdEose0c', 'glpat-'))}"
        f"{from_alphabet(rng, URL_SAFE[:62], 30)}",
        "long": f"{word} {from_alphabet(rng, URL_SAFE[:62], 2_000)}",
        "two spaces": f"{word}  {from_alphabet(rng, URL_SAFE[:62], 24)}",
    }


def jwt(rng: random.Random) -> Forms:
    """One JSON web token of three parts, two and five."""
    parts = [from_alphabet(rng, URL_SAFE, count) for count in (33, 80, 43, 20)]
    return {
        "three parts": f"eyJ{parts[0]}.eyJ{parts[1]}.{parts[2]}",
        "unsigned": f"eyJ{parts[0]}.eyJ{parts[1]}.",
        "encrypted": f"eyJ{parts[0]}.{parts[1]}.{parts[3]}.{parts[2]}.{parts[3]}",
    }


def keys(rng: random.Random) -> dict[str, Forms]:
    """One credential of each provider, by detector."""
    word = string.ascii_letters + string.digits
    body = "\n".join(from_alphabet(rng, word + "+/", 64) for _ in range(5))
    name = rng.choice(("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"))
    key = f"-----BEGIN {name}-----\n{body}==\n-----END {name}-----"
    return {
        "aws_access_key": {
            prefix: prefix + from_alphabet(rng, string.ascii_uppercase + "234567", 16) for prefix in ("AKIA", "ASIA")
        },
        "gcp_api_key": {"key": "AIza" + from_alphabet(rng, URL_SAFE, 34) + "x"},
        "github_token": {
            **{f"gh{kind}_": f"gh{kind}_{from_alphabet(rng, word, 36)}" for kind in "pousr"},
            "fine-grained": f"github_pat_{from_alphabet(rng, word, 22)}_{from_alphabet(rng, word, 59)}",
        },
        "slack_token": {
            "bot": f"xoxb-{digits(rng, 12)}-{digits(rng, 13)}-{from_alphabet(rng, word, 24)}",
            "user": f"xoxp-{digits(rng, 12)}-{digits(rng, 12)}-{digits(rng, 12)}-{from_alphabet(rng, word, 32)}",
            "app": f"xapp-1-A{from_alphabet(rng, CHARACTERS, 10)}-{digits(rng, 13)}-{from_alphabet(rng, word, 64)}",
        },
        "private_key": {"PEM": key, "PEM in one line": key.replace("\n", "\\n")},
    }


def addresses(rng: random.Random) -> dict[str, Forms]:
    """What is off by default: network addresses and UUIDs, by detector."""
    return {
        "ipv4": {"dotted": str(ipaddress.IPv4Address(rng.getrandbits(32)))},
        "ipv6": {
            "whole": ipaddress.IPv6Address(rng.getrandbits(128)).exploded,
            "short": f"2001:db8::{rng.getrandbits(16):x}:{rng.getrandbits(16):x}",
        },
        "pix_random_key": {"UUID": str(uuid.UUID(int=rng.getrandbits(128), version=4))},
    }
