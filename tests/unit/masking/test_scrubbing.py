"""What is left of personal values in computed texts goes, and the rest stays readable."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.scrubbing import Scrubber
from relay.adapters.outbound.masking.sources import fold
from relay.adapters.outbound.masking.treatments import texts_of
from relay.domain.masking import MaskingSettings
from relay.domain.results import Handling, Treatment

CPF, EMAIL, CARD, MOBILE = "529.982.247-25", "Ana.Souza@example.com", "4111 1111 1111 1111", "(11) 98765-4321"
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
MESSAGE = f"2026-01-15 10:30:01 timeout for user {EMAIL} with CPF {CPF} after 529 ms"
E_MASK, C_MASK, K_MASK = "***@***.***", "***.***.***-**", "****-****-****-****"
FROM_SOURCE = Treatment(handling=Handling.SCRUB, sources=("source",), is_cut=True)
UNSEEN = Treatment(handling=Handling.SCRUB, is_cut=True)
FROM_LEFT = Treatment(handling=Handling.SCRUB, is_cut=True, starts_whole=True, cut_length=20)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(MaskingSettings())


@pytest.fixture
def scrub(engine: Engine):
    """Scrub one text; give what becomes of it."""

    def run(text: str, *sources: object, treatment: Treatment = FROM_SOURCE) -> str:
        source_texts = [text for source in sources for text in texts_of(source)]
        found = Scrubber(engine, [text], source_texts, () if treatment.sources else [text]).scrub(
            text, source_texts, treatment
        )
        return text if found is None else found.text

    return run


WITH_SOURCE = {
    "all of it": (MESSAGE, MESSAGE, f"2026-01-15 10:30:01 timeout for user {E_MASK} with CPF {C_MASK} after 529 ms"),
    "cut in an e-mail": (MESSAGE[:41], MESSAGE, f"2026-01-15 10:30:01 timeout for user {E_MASK}"),
    "cut after one letter of it": (MESSAGE[:38], MESSAGE, f"2026-01-15 10:30:01 timeout for user {E_MASK}"),
    "cut before it": (MESSAGE[:37], MESSAGE, "2026-01-15 10:30:01 timeout for user "),
    "begun in an e-mail": (MESSAGE[50:64], MESSAGE, f"{E_MASK} with "),
    "begun in a CPF": (MESSAGE[-18:], MESSAGE, f"{C_MASK} after 529 ms"),
    "lower case": (MESSAGE[:42].lower(), MESSAGE, f"2026-01-15 10:30:01 timeout for user {E_MASK}"),
    "upper case": (MESSAGE[:42].upper(), MESSAGE, f"2026-01-15 10:30:01 TIMEOUT FOR USER {E_MASK}"),
    "a key in lower case": (f"key {KEY.lower()}", f"key {KEY}", "key AKIA****************"),
    "half a card": (CARD[:9], CARD, K_MASK),
    "joined with a word": (f"[{MESSAGE[:41]}]", MESSAGE, f"[2026-01-15 10:30:01 timeout for user {E_MASK}]"),
    "joined after two letters": (f"[{MESSAGE[:39]}]", MESSAGE, f"[2026-01-15 10:30:01 timeout for user {E_MASK}]"),
    "joined pieces": (f"{MESSAGE[30:41]}|{MESSAGE[41:60]}", MESSAGE, f"r user {E_MASK}|{E_MASK} w"),
    "the rest of a message": (f">{MESSAGE[-15:]}", MESSAGE, f">{C_MASK} after 529 ms"),
    "nothing personal in the source": ("timeout for u", "timeout for user 7", "timeout for u"),
    "nothing of it in the text": ("2026-01-15", MESSAGE, "2026-01-15"),
    "a digit that is elsewhere too": ("after 529 ms", MESSAGE, "after 529 ms"),
    "no source": ("fine", None, "fine"),
    "a value of its own": (EMAIL, None, E_MASK),
    "in a document": ('{"mail": "Ana.So', {"mail": EMAIL, "n": [1]}, f'{{"mail": "{E_MASK}'),
    "in a document's key": ("Ana.So", {EMAIL: 1}, E_MASK),
    "in a document's number": ("52998", {"cpf": 52998224725}, C_MASK),
    "in bytes": ("ana.sou", "\\x" + EMAIL.encode().hex(), E_MASK),
    "bytes themselves": ("\\x" + EMAIL.encode().hex(), None, E_MASK),
    "letters that grow in lower case": ("İx ana.souza@ex", f"İx {EMAIL}", f"İx {E_MASK}"),
    "of two sources": (f"{EMAIL[:9]} {CPF[:9]}", [EMAIL, CPF], f"{E_MASK} {C_MASK}"),
    "too many places": ("1", f"{CARD} {'1' * 100}", K_MASK),
    "empty": ("", MESSAGE, ""),
}


@pytest.mark.parametrize(("text", "source", "expected"), WITH_SOURCE.values(), ids=WITH_SOURCE)
def test_pieces_of_the_source_go_when_a_text_is_scrubbed(scrub, text, source, expected) -> None:
    assert scrub(text, source) == expected


def test_nothing_personal_is_left_when_a_message_is_cut_anywhere(scrub) -> None:
    for start in range(0, len(MESSAGE), 3):
        for end in range(start + 8, len(MESSAGE) + 1, 5):
            left = scrub(f"<{MESSAGE[start:end]}>", MESSAGE)
            for value in (EMAIL, CPF):
                assert not any(value[place : place + 4] in left for place in range(len(value) - 3)), (start, end)


JOINED = Treatment(handling=Handling.SCRUB)

WITHOUT_SOURCE = {
    "a word at the end": ("connection refu", UNSEEN, "*** ***"),
    "from the left": ("connection to the db refu", FROM_LEFT, "connection to the db ***"),
    "shorter than what was cut": ("connection refused", FROM_LEFT, "connection refused"),
    "as long as what was cut": ("connection refused b", FROM_LEFT, "connection refused ***"),
    "a space at the end": ("connection refused, ", FROM_LEFT, "connection refused, "),
    "a number in groups": ("paid with card 4111 1111 11", FROM_LEFT, "paid with card ***"),
    "a number in groups and a space": ("paid with card 4111 1111 ", FROM_LEFT, "paid with card *** "),
    "a number at the start": ("247-25 is not known", UNSEEN, "*** is not ***"),
    "a whole value inside": (f"from {EMAIL} to nobody in", FROM_LEFT, f"from {E_MASK} to nobody ***"),
    "a whole value at the end": (f"mail from {EMAIL}", FROM_LEFT, f"mail from {E_MASK}"),
    "a key whose case was changed": (
        f"the key is {KEY.lower()} today",
        FROM_LEFT,
        "the key is AKIA**************** ***",
    ),
    "a token without its word": ("arer q7Zx9-abc refused by all", UNSEEN, "*** refused by ***"),
    "a token of letters": ("earer abcdef refused by all", UNSEEN, "*** refused by ***"),
    "a number without its word": ("one: 3333-4444 rang all day", UNSEEN, "*** rang all ***"),
    "behind an area code": (") 98765-4321 without answer", UNSEEN, "*** without ***"),
    "an IBAN's end": ("9 NWBK 6016 1331 9268 19 was it", UNSEEN, "*** was ***"),
    "an IBAN's beginning": ("it was paid from GB29 NWBK 6016", FROM_LEFT, "it was paid from ***"),
    "a code at the end": ("the gateway said HTTP 500", FROM_LEFT, "the gateway said HTTP ***"),
    "lines of a key": (f"abc\n{'Ab1+' * 16}\n{'Cd2/' * 16}\nxyz", UNSEEN, "***\n***\n***\n***"),
    "the end of a key": ("Ab1\nCd2=\n-----END PRIVATE KEY-----\nand so on, so", UNSEEN, None),
    "one word": ("ana.souza@exam", UNSEEN, "***"),
    "blank": ("  ", UNSEEN, "  "),
    "empty": ("", UNSEEN, ""),
    "a word put beside a number": ("version 51934053002", JOINED, "version (**) *****-****"),
    "a path put around a number": ("/order/51934053002/", JOINED, "/order/(**) *****-****/"),
    "a unit put behind a number": ("92975892642 rows", JOINED, "(**) *****-**** rows"),
    "a number that is none": ("order 2093481120933", JOINED, "order 2093481120933"),
    "not cut": ("connection refu", Treatment(handling=Handling.SCRUB), "connection refu"),
}


@pytest.mark.parametrize(("text", "treatment", "expected"), WITHOUT_SOURCE.values(), ids=WITHOUT_SOURCE)
def test_cut_ends_go_when_there_is_no_source(scrub, text, treatment, expected) -> None:
    scrubbed = scrub(text, treatment=treatment)
    assert scrubbed == expected or (expected is None and scrubbed.startswith("***") and "Cd2" not in scrubbed)


@pytest.mark.parametrize("text", ["", "Straße", "İstanbul", "ﬁx", "ΑΣ"])
def test_length_stays_when_case_is_folded(text) -> None:
    assert len(fold(text)) == len(text)
