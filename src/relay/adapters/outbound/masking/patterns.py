"""Pieces that patterns are put together from. RE2 syntax, over one byte for each character."""

from __future__ import annotations

from relay.adapters.outbound.masking.check_digits import IBAN_LENGTHS

BARE_DIGITS = r"\d{11,}"
"""Whole runs: one candidate however long the run; the judges tell the kinds apart by length."""
BARE_DIGITS_TRIGGER = r"(?:[^0-9.]|[^0-9]\.)\d{11,20}[^0-9]"
"""As many as documents, cards, telephones and numbers of 64 bits have, and not behind a decimal point."""
BARE_CNPJ = r"[0-9A-Z]{12}[0-9A-Z]*\d{2}"
BARE_CNPJ_TRIGGER = rf"(?:[^0-9A-Z.]|[^0-9]\.){BARE_CNPJ}"

_LETTER = r"A-Za-z\xc0-\xff"
_LOCAL_PART = rf"[{_LETTER}0-9_](?:\.{{0,2}}[{_LETTER}0-9_+%'!#$^~-])*\.?"
_QUOTED_LOCAL_PART = r'"[A-Za-z0-9_][^"\x1e\r\n@<>,;:=]+"'
_AT = r"(?:@|%(?:25)?40|&#64;|&#[xX]40;|&commat;|\\u0040)"
_DOMAIN = rf"[{_LETTER}0-9][{_LETTER}0-9._-]*\.[{_LETTER}][{_LETTER}0-9-][{_LETTER}0-9.-]*"
_ADDRESS_LITERAL = r"\[(?:IPv6:)?[0-9A-Fa-f:.]{7,45}\]"
EMAIL = rf"(?:{_LOCAL_PART}|{_QUOTED_LOCAL_PART}){_AT}(?:{_DOMAIN}|{_ADDRESS_LITERAL})"

_SPELT_DOT = r"(?:\.| ?[\[({] ?(?:dot|ponto|\.) ?[\])}] ?)"
EMAIL_SPELT_OUT = (
    rf"(?i){_LOCAL_PART} ?[\[({{] ?(?:at|arroba|@) ?[\])}}] ?[{_LETTER}0-9-]+(?:{_SPELT_DOT}[{_LETTER}0-9-]+)+"
)

_GAP = r"(?: ?[-.] ?| {1,2})"
CARD_FOURS = rf"\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}"
CARD_AMERICAN_EXPRESS = rf"3[47]\d\d{_GAP}\d{{6}}{_GAP}\d{{5}}"
CARD_OTHER = "|".join(
    (_GAP if grouping.count(" ") > 1 else "[ -]").join(rf"\d{{{length}}}" for length in grouping.split())
    for grouping in (
        "4 4 4 4 3", "4 4 4 4 2", "4 4 4 4 1", "4 6 5", "4 6 4", "4 4 4 3", "4 4 4 2", "4 4 5", "4 5 6", "6 13",
        "6 10", "6 9", "8 11", "8 8", "4 12", "12 4",
    )
) + r"|\d{4}_\d{4}_\d{4}_\d{4}|\d{4}/\d{4}/\d{4}/\d{4}"  # fmt: skip
"""Digits in each group; a dot between two groups alone is a decimal point."""

IBAN = rf"(?i)(?:{'|'.join(sorted(IBAN_LENGTHS))})\d{{2}}(?:[ -]?[A-Z0-9]{{4}}){{2,7}}(?:[ -]?[A-Z0-9]{{1,4}})?"

_AREA = r"[1-9]\d"
_MOBILE = r"9(?:\d{4}[ .-]?| ?\d{4}[ -])\d{4}"
_EXTENSION = r"(?: ?(?:x|ext\.?|ramal) ?\d{1,6})?"
PHONE_IN_PARENTHESES = (
    rf"(?:(?:(?:\+|%2[Bb]|00) ?)?\d{{1,3}}[ .-]{{0,2}})?"
    rf"(?:\( ?(?:0(?:xx)?|0 ?\d\d )?{_AREA} ?\)[ .-]{{0,3}}(?:9[ .-]{{0,2}})?\d{{4,5}}[ .-]{{0,3}}\d{{4}}"
    rf"|\(\d{{3,5}}\)[ .-]{{0,2}}(?:15[ -])?(?:\d{{9}}|\d{{3,4}}[ .-]?\d{{3,4}}(?:[ .-]?\d{{3}})?|\d{{5,9}}))"
    rf"{_EXTENSION}"
)
_TRUNK = r"(?:0 ?[1-9]\d[ -]|0(?:xx|XX)? ?)?"
"""A zero, with the carrier's two digits behind it or a stand-in for them."""
PHONE_MOBILE = rf"(?:55[ .-])?{_TRUNK}{_AREA}[ ./-]{{1,2}}{_MOBILE}|{_AREA}9\d{{4}}-\d{{4}}"
PHONE_LANDLINE = (
    rf"(?:55[ .-])?{_TRUNK}{_AREA}[ -]{{1,2}}(?:[2-5]\d{{3}} \d{{4}}|\d{{4}}-\d{{4}})"
    r"|0[3589]00[ -]\d{3}[ -]\d{4}"
)
PHONE_NATIONAL = (
    rf"(?:(?:00)?1[ .-])?[1-9]\d\d(?:-\d{{3}}-|\.\d{{3}}\.)\d{{4}}{_EXTENSION}"
    r"|0\d{2,4}[ -]\d{3,4}[ -]\d{3,4}|0[1-9](?: \d\d| ?\.\d\d|-\d\d){4}"
    r"|0[1-9]\d{1,3}[ /]\d{6,8}|0[1-9]\d{3} \d{5}"
    r"|0[1-9]\d{1,3}-\d{7,8}|0[26] (?:\d{6,8}|\d{3,4} \d{4})|0[6-9]\d{4} \d{5}"
    r"|(?:1 )?[2-9]\d\d [2-9]\d\d \d{4}|3\d\d \d{6,7}|[6-9]\d\d(?: \d\d){3}|[6-9]\d{4} \d{5}|(?:33|55|81) \d{4} \d{4}"
    r"|(?:9[1236]\d|[267]\d\d) \d{3} \d{3}"
)
"""North America; the United Kingdom, Germany, France, Italy and others that write a trunk zero and groups; then groups
alone: the United States, Italy, Spain, India, Mexico, Portugal and Spain."""
PHONE_INTERNATIONAL = (
    rf"(?:\+|%2[Bb]) ?[1-9](?:[ ./()-]{{0,3}}\d){{7,14}}{_EXTENSION}|\(\+[1-9]\d{{0,2}}\)(?:[ .()-]{{0,3}}\d){{6,14}}"
    r"|00 ?(?:[17]|[2-9]\d{1,2})[ .()-]{1,3}\d(?:[ .()-]{0,3}\d){6,13}(?: ?x\d{2,6})?"
)
_PHONE_WORD = (
    r"(?:tel|telefones?|fone|cel|celular|whats|whatsapp|wpp|zap|phone|telephone|mobile|msisdn|fax|ligar|ligue|sms)"
)
_FILLER = r"(?:para|pra|o|no|na|e|\xe9|is|me|at|on|number|num|numero|n\xfamero|n|do|da|cliente)"
PHONE_BEHIND_WORD = (
    rf"(?i){_PHONE_WORD}(?:[^a-z0-9\x1e]{{1,3}}{_FILLER}){{0,3}}[^a-z0-9\x1e\n\r}}\]]{{0,5}}"
    r"(?:\d{4,5}[ .-]\d{4}|0\d{2,4}[ .-]\d{3,4}[ .-]?\d{3,4}|\d{3}[ .]\d{3}[ .]\d{4}"
    r"|\d{3}[ .-]\d{3}[ .-]\d{3}|\d{8,13})"
)
"""What is too short or too plain for a telephone number, but for the word that stands before it."""


BEARER_OPENING = r"(?i)bearer(?:[ _-]?token)?(?:[\"']?\s*[:=>]+\s*[\"']?|(?:\s|%20|\+)+[\"'<{\[`]?)"
"""A quote may open behind the word; a quote that closes and a space are program code."""
BEARER = BEARER_OPENING + r"[!#-&(+\--:=?-\[^_a-z|~\xc0-\xff]+"
JWT = r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}"
_KEY_NAME = r"(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?"
PRIVATE_KEY = rf"-----BEGIN {_KEY_NAME}-----(?:[A-Za-z0-9+/=\s\\:,.()]|-[A-Za-z0-9])*(?:-----END {_KEY_NAME}-----)?"

_HEX = "[0-9A-Fa-f]"
UUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
IPV6 = rf"{_HEX}{{0,4}}:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*"
