"""Judges of e-mail addresses, network addresses and credentials."""

from __future__ import annotations

import ipaddress
import re

from relay.adapters.outbound.masking import patterns
from relay.adapters.outbound.masking.surroundings import (
    ALPHANUMERIC,
    DIGITS,
    LETTERS,
    WORD,
    Span,
    behind_colour,
    byte_after,
    byte_before,
    touches,
)

_NOT_A_DOMAIN = re.compile(
    rb"v?\d+\.\d+\.\d+|\d{1,2}(?:\.\d)?x\.(?:png|jpe?g|gif|webp|svg|avif)\b"
    rb"|(?:(?<=this@)|(?<=super@))[A-Z]\w*\.[a-z]\w*\("
)
"""A version, a picture for a dense screen, a call of an outer object in Kotlin."""
_AT = re.compile(rb"@|%(?:25)?40|&#64;|&#[xX]40;|&commat;|\\u0040")
_BEARER = re.compile(patterns.BEARER_OPENING.encode("latin-1"))
_LARGEST_OCTET = 255
_LONGEST_IPV6 = 45
_FEWEST_COLONS = 2
_COLON_BEHIND = re.compile(rb"(?:[^:]|::):$")
_DOTS_OF_A_TOKEN = 2
_ESCAPE_BEFORE = re.compile(rb"\\[nrt]$")
_NEXT_FIELD = re.compile(rb"&(?:amp;)?[A-Za-z_][\w.-]*=")
_PLACEHOLDER = re.compile(
    rb"\$\{?[A-Za-z_]*|\$\([A-Za-z_ ]*|%s|%[({][a-z_]+|"
    rb"\[?(?i:redacted|hidden|filtered|masked|token|your[a-z_-]*|x{3,})|:token|\.+|#+|-+"
)
_TRAILING = b".-%_'"
_UNIT_OF_SYSTEMD = (b".service", b".socket", b".timer", b".slice", b".scope", b".mount")
_PIECE_OF_A_TOKEN = re.compile(rb"[A-Za-z0-9_-]*")
_NUMBER_BEFORE_PIPE = re.compile(rb"[^A-Za-z0-9_]\d{1,18}$")
_SHORTEST_PIECE = 16
_SHORTEST_PIECE_BEHIND_NUMBER = 8
_CLOSING = {ord(each[0]): ord(each[1]) for each in ("''", '""', "<>", "{}", "[]", "``")}

_AFTER_BEARER = frozenset(
    b"""a an and are as at auth authentication authorization authorisation but by credential credentials da
    de do does e em error expired failed for format from had has have header headers in invalid is it
    missing must needs not of ok on only or ou para que realm required requires schema scheme scope
    should string that the this to token tokens type types using value was were will with without bearer
    bearers bond bonds share shares certificate certificates check checks cheque cheques instrument
    instruments plant plants stock stocks security securities party parties form forms clause capability
    capable method methods flow flows support supported securityscheme based expected found absent empty
    null none undefined unauthorized unauthenticated denied rejected revoked expires first mode prefix
    param parameter parameters field key keys request requests response usage when where which who whose
    would can cannot could may might if then than got sent provided present passed set no yes via per
    after before here there too as-is http https api basic inv\xe1lido inv\xe1lida invalido invalida
    expirado expirada ausente vazio vazia n\xe3o nao sem com na se por foi \xe9 est\xe1 dos das um uma
    ao enviado enviada recusado recusada
    expirou venceu faltou falta faltando falhou vencido vencida errado errada
    incorreto incorreta informado informada""".split()
)
"""Words of prose and of documentation that follow `bearer`; anything else is a token, however short."""


def email(view: bytes, start: int, end: int) -> Span | None:
    """Accept an address, but no package version (`react@18.2.0-rc.a`), picture (`logo@2x.png`), unit or call."""
    if byte_before(view, start) in b"[;":
        start = behind_colour(view, start, end)
        if _AT.match(view, start):
            return None
    domain = max(at.end() for at in _AT.finditer(view, start, end))
    if _NOT_A_DOMAIN.match(view, domain, end + 1):
        return None
    while view[end - 1] in _TRAILING:
        end -= 1
    return None if view[start:end].endswith(_UNIT_OF_SYSTEMD) else (start, end)


def bearer_token(view: bytes, start: int, end: int) -> Span | None:
    """Accept any word after `bearer` that is not plainly prose; a full stop at its end is not part of it."""
    if byte_before(view, start) in LETTERS and not _ESCAPE_BEFORE.search(view, max(0, start - 3), start):
        return None
    field = _NEXT_FIELD.search(view, start, end)
    end = _end_before_next_column(view, start, field.start() if field else end)
    while view[end - 1] in b".,:;!?%":
        end -= 1
    opening = _BEARER.match(view, start, end)
    token = view[opening.end() : end] if opening else b""
    if not opening or _is_prose(opening.group().lower(), token) or _is_joined_to_prose(view, start, token):
        return None
    return start, _end_with_quote(view, opening.group(), end)


def _end_before_next_column(view: bytes, start: int, end: int) -> int:
    """Return where a column of a table ends; a token may hold a pipe itself, with a long piece behind it."""
    pipe = view.find(b"|", start, end)
    if pipe < 0:
        return end
    piece = _PIECE_OF_A_TOKEN.match(view, pipe + 1, end)
    is_numbered = _NUMBER_BEFORE_PIPE.search(view, start, pipe) is not None
    shortest = _SHORTEST_PIECE_BEHIND_NUMBER if is_numbered else _SHORTEST_PIECE
    return end if piece and len(piece.group()) >= shortest else pipe


def _end_with_quote(view: bytes, opening: bytes, end: int) -> int:
    """Return the end behind the quote that closes, where the match has taken in the one that opens."""
    closing = _CLOSING.get(opening[-1])
    return end + 1 if byte_after(view, end) == closing and opening.count(opening[-1:]) == 1 else end


def _is_prose(opening: bytes, token: bytes) -> bool:
    word = token.partition(b"|")[0].lower().rstrip(b"=~-")
    if not word or word in _AFTER_BEARER or _PLACEHOLDER.fullmatch(word):
        return True
    in_doubt = b"token" in opening or opening[-1:] in b"<{[`"
    return in_doubt and not _has_digit(token)


def _is_joined_to_prose(view: bytes, start: int, token: bytes) -> bool:
    """Tell whether it is a standard-bearer, and no token follows."""
    return byte_before(view, start) == ord("-") and not _has_digit(token)


def _has_digit(token: bytes) -> bool:
    return any(byte in DIGITS for byte in token)


def private_key(view: bytes, start: int, end: int) -> Span | None:
    """Accept a key, whole or cut off; of a key that was cut off, white space at the end is not part."""
    return start, start + len(view[start:end].rstrip())


def jwt(view: bytes, start: int, end: int) -> Span | None:
    """Accept a token; a full stop behind its third part, which may be empty, is not part of it."""
    while view[end - 1] == ord(".") and view.count(b".", start, end) > _DOTS_OF_A_TOKEN:
        end -= 1
    return start, end


def standing_alone(view: bytes, start: int, end: int) -> Span | None:
    """Accept what has no letter or digit at either side."""
    return None if touches(view, start, end, ALPHANUMERIC) else (start, end)


def anywhere(_view: bytes, start: int, end: int) -> Span | None:
    """Accept as found: the shape alone says what it is."""
    return start, end


def uuid(view: bytes, start: int, end: int) -> Span | None:
    """Accept a UUID that is not a piece of something longer."""
    return None if touches(view, start, end, WORD | {ord("-")}) else (start, end)


def ipv4(view: bytes, start: int, end: int) -> Span | None:
    """Accept four octets that are no piece of a longer dotted number."""
    if touches(view, start, end, ALPHANUMERIC) or any(
        int(part) > _LARGEST_OCTET for part in view[start:end].split(b".")
    ):
        return None
    before = byte_before(view, start) == ord(".") and byte_before(view, start, 2) in DIGITS
    after = byte_after(view, end) == ord(".") and byte_after(view, end, 2) in DIGITS
    return None if before or after else (start, end)


def ipv6(view: bytes, start: int, end: int) -> Span | None:
    """Accept what the standard library reads as an IPv6 address of two groups or more; one colon may stand before."""
    if _COLON_BEHIND.search(view, start, end):
        end -= 1
    if touches(view, start, end, WORD) or end - start > _LONGEST_IPV6:
        return None
    if byte_before(view, start) == byte_before(view, start, 2) == ord(":"):
        return None
    while view[end - 1] == ord("."):
        end -= 1
    text = view[start:end].decode("ascii")
    if text.count(":") < _FEWEST_COLONS or not any(character.isalnum() for character in text):
        return None
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return start, end
