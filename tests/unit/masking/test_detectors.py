"""Each row of the detectors' table, alone and beside all others."""

# ruff: noqa: RUF001 - look-alikes are what is tested
from __future__ import annotations

import pytest

from relay.adapters.outbound.masking.detectors import DETECTORS
from relay.adapters.outbound.masking.masker import build_masker
from relay.domain.masking import MaskingSettings

CONTRACT = {
    "cpf": ("***.***.***-**", True),
    "cnpj": ("**.***.***/****-**", True),
    "email": ("***@***.***", True),
    "credit_card": ("****-****-****-****", True),
    "phone": ("(**) *****-****", True),
    "bearer_token": ("Bearer ***", True),
    "jwt": ("eyJ***.***.***", True),
    "aws_access_key": ("AKIA****************", True),
    "gcp_api_key": ("AIza***", True),
    "github_token": ("gh*_***", True),
    "slack_token": ("xox*-***", True),
    "private_key": ("-----REDACTED KEY-----", True),
    "iban": ("****-****-****-****", True),
    "rg": ("**.***.***-*", False),
    "pis": ("***.*****.**-*", False),
    "pix_random_key": ("********-****-****-****-************", False),
    "ipv4": ("***.***.***.***", False),
    "ipv6": ("****:****", False),
    "us_ssn": ("***-**-****", False),
}
"""Mask and default of each, as the configuration contract fixes them."""
ALL_ON = MaskingSettings(detectors=dict.fromkeys(CONTRACT, True))
EXAMPLES = [(each, example) for each in DETECTORS for example in each.examples]
COUNTER_EXAMPLES = [(each, example) for each in DETECTORS for example in each.counter_examples]


def only(name):
    return build_masker(MaskingSettings(detectors={each: each == name for each in CONTRACT}))


@pytest.fixture(scope="module")
def masker_of():
    """One masker for each detector, with all others off."""
    return {name: only(name) for name in CONTRACT}


def test_table_holds_the_contract_when_compared():
    assert {each.name: (each.mask, each.on_by_default) for each in DETECTORS} == CONTRACT
    assert all(each.source and each.examples and each.counter_examples for each in DETECTORS)


@pytest.mark.parametrize(("detector", "example"), EXAMPLES, ids=lambda value: getattr(value, "name", value))
def test_whole_value_becomes_the_mask_when_it_is_an_example(detector, example, masker_of):
    masked = masker_of[detector.name].mask_text(example)
    assert masked.text == detector.mask
    assert [(each.detector, each.count) for each in masked.detections] == [(detector.name, 1)]


@pytest.mark.parametrize(("detector", "example"), COUNTER_EXAMPLES, ids=lambda value: getattr(value, "name", value))
def test_text_stays_when_it_is_a_counter_example(detector, example, masker_of):
    assert masker_of[detector.name].mask_text(example).text == example


@pytest.mark.parametrize(("detector", "example"), EXAMPLES, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("surroundings", ["{}", "a: {}, b", '{{"k":"{}"}}', "({})", "x\n{}\ny", "<v>{}</v>"])
def test_example_is_gone_when_all_detectors_are_on(detector, example, surroundings):
    masked = ALL_MASKER.mask_text(surroundings.format(example))
    assert example not in masked.text
    assert masked.detections


ALL_MASKER = build_masker(ALL_ON)


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: each.name)
def test_mask_stays_when_it_is_masked_again(detector):
    assert ALL_MASKER.mask_text(f"x {detector.mask} y").detections == ()


@pytest.mark.parametrize("name", CONTRACT)
def test_detector_is_silent_when_switched_off(name):
    detector = next(each for each in DETECTORS if each.name == name)
    masker = build_masker(MaskingSettings(detectors=dict.fromkeys(CONTRACT, True) | {name: False}))
    for example in detector.examples:
        assert name not in {each.detector for each in masker.mask_text(example).detections}


def test_unknown_detector_is_refused_when_built():
    with pytest.raises(ValueError, match="cpff"):
        build_masker(MaskingSettings(detectors={"cpff": True}))


TEXTS = [
    ("cpf52998224725", "cpf***.***.***-**"),
    ("CPF:52998224725;RG", "CPF:***.***.***-**;RG"),
    ("cpf_52998224725", "cpf_***.***.***-**"),
    ("52998224725.00", "***.***.***-**.00"),
    ("a,52998224725,b", "a,***.***.***-**,b"),
    ("1,52998224725,3", "1,***.***.***-**,3"),
    ("152998224725", "152998224725"),
    ("550e8400-e29b-41d4-a716-452998224725", "550e8400-e29b-41d4-a716-452998224725"),
    ("/customers/52998224725/orders", "/customers/***.***.***-**/orders"),
    ("4111 1111 1111 1111 12/28 123", "****-****-****-**** 12/28 123"),
    ("NFe 3526 0112 3456 7890 0001 5500 1000 0000 0112", "NFe 3526 0112 3456 7890 0001 5500 1000 0000 0112"),
    ("+44 20 7946 0958 12345", "(**) *****-**** 12345"),
    ("+55 (11) 98765-4321 / +55 11 91234-5678", "(**) *****-**** / (**) *****-****"),
    ("tel 33334444", "tel (**) *****-****"),
    ("Telefone: 98765-4321.", "Telefone: (**) *****-****."),
    ("Authorization: bearer abc.def", "Authorization: Bearer ***"),
    ("the token is Bearer abc123.", "the token is Bearer ***."),
    ("bearer bearer abc", "bearer Bearer ***"),
    ("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "Authorization: Bearer ***"),
    ("mailto:joao@example.com?subject=x", "mailto:***@***.***?subject=x"),
    ("joao@example.com,maria@example.com", "***@***.***,***@***.***"),
    ("https://x.test/?e=joao%2Ba%40example.com&f=1", "https://x.test/?e=***@***.***&f=1"),
    ("52998224725@example.com", "***@***.***"),
    ("joao@example.com52998224725", "***@***.***"),
    ("529.982.247-25joao@example.com", None),
    ("phone 555-123-4567 x12", "phone (**) *****-****"),
    ("from DE89 3704 0044 0532 0130 00 to ID12", "from ****-****-****-**** to ID12"),
    ("ID12 DE89 3704 0044 0532 0130 00", "ID12 ****-****-****-****"),
    ("111 529 982 247 25", "111 ***.***.***-**"),
    ("x52998224725", "x***.***.***-**"),
    ("PED-52998224725", "PED-***.***.***-**"),
    ("doc_52998224725_v2", "doc_***.***.***-**_v2"),
    ("titular52998224725fim", "titular***.***.***-**fim"),
    ("CPF529.982.24725", "CPF***.***.***-**"),
    ("cnpj12.ABC.345/01DE-35", "cnpj**.***.***/****-**"),
    ("12ABC345/01DE-35", "**.***.***/****-**"),
    ("20220929-081206 INFO", "20220929-081206 INFO"),
    ("x4111111111111111", "x****-****-****-****"),
    ("card-1234-5678-9012-3456", "card-****-****-****-****"),
    ("6221 6802 8428 7007 341", "****-****-****-****"),
    ("6240 0000 0000 0000 002", "****-****-****-**** 002"),
    ("4111 1111 1111 1111 5500 0000 0000 0004", "****-****-****-**** ****-****-****-****"),
    ("1234-5678-9012-3456 1234-5678-9012-3456", "****-****-****-**** ****-****-****-****"),
    ("CH93 0076 2011 6238 5295 7", "****-****-****-****"),
    ("+33698945867", "(**) *****-****"),
    ("+5511987654321", "(**) *****-****"),
    ("+39 34971351877", "(**) *****-****"),
    ("+1-415-555-2671x987", "(**) *****-****"),
    ("001-528-832-6523x987", "(**) *****-****"),
    ("(351) 205040809", "(**) *****-****"),
    ("06500 67412", "(**) *****-****"),
    ("6769380166696736", "****-****-****-****"),
    ("5016542136350743", "****-****-****-****"),
    ("cel(11)98765-4321", "cel(**) *****-****"),
    ("cel11 98765-4321x", "cel(**) *****-****x"),
    ("numeric(100) 5000-6000", "numeric(100) 5000-6000"),
    ("tel: 85964647197x", "tel: ***.***.***-**x"),
    ("tel: 85964647197", "tel: (**) *****-****"),
    ("(0xx11) 98765-4321", "(**) *****-****"),
    ("0 15 11 98765-4321", "(**) *****-****"),
    ("011987654321", "(**) *****-****"),
    ("0151 12345678", "(**) *****-****"),
    ("030/1234567", "(**) *****-****"),
    ("(+55) 11 98765-4321", "(**) *****-****"),
    ("(011) 15-2345-6789", "(**) *****-****"),
    ("https://wa.me/5511987654321?text=oi", "https://wa.me/(**) *****-****?text=oi"),
    ("612 345 678", "(**) *****-****"),
    ("612 345 678 bytes", "612 345 678 bytes"),
    ("17903897350 bytes", "17903897350 bytes"),
    (
        "00376.40780 99367.478488 32539.048472 6 51713256512259",
        "00376.40780 99367.478488 32539.048472 6 51713256512259",
    ),
    ("001-8037148-8135317", "001-8037148-8135317"),
    ("arn:aws:iam::038987963643:role/app", "arn:aws:iam::038987963643:role/app"),
    ("sem telefone}\n1615055273 INFO", "sem telefone}\n1615055273 INFO"),
    ("Bearer ${TOKEN}", "Bearer ${TOKEN}"),
    ("'Bearer ' + token", "'Bearer ' + token"),
    ("o token Bearer expirou", "o token Bearer expirou"),
    ("value='standard-bearer' LIMIT 10", "value='standard-bearer' LIMIT 10"),
    ("bearer token abc123", "Bearer ***"),
    ("Bearer <abc123>", "Bearer ***"),
    ("x 'Bearer \"abc123\"', y", "x 'Bearer ***', y"),
    ("'Bearer abc123'", "'Bearer ***'"),
    ('{"Bearer": "abc123"}', '{"Bearer ***"}'),
    ("10:30|Bearer abc123|OK", "10:30|Bearer ***|OK"),
    ("Bearer 1234|59623|", "Bearer ***|59623|"),
    ("Bearer 7|abcdefgh1234 ok", "Bearer *** ok"),
    ("Bearer ab|abcdefghijkl1234|OK", "Bearer ***"),
    ("this@MainActivity.finish() this@Example.com", "this@MainActivity.finish() ***@***.***"),
    ("[ana@example.com;ana@example.com]", "[***@***.***;***@***.***]"),
    ("getty@tty1.service", "getty@tty1.service"),
    ("user@1000.service, ana@self.services", "user@1000.service, ***@***.***"),
    ("ana@[192.168.0.1] ana@[IPv6:2001:db8::1]", "***@***.*** ***@***.***"),
    ("112223330001-81", "**.***.***/****-**"),
    ("112223330001-82", "112223330001-82"),
    ("11.222.333\u20440001-81 11.222.333\u22150001-81", "**.***.***/****-** **.***.***/****-**"),
    ("4111_1111_1111_1111 4111/1111/1111/1111", "****-****-****-**** ****-****-****-****"),
    ("4111_1111_1111_1112 4111/1111/1111/1112", "4111_1111_1111_1112 4111/1111/1111/1112"),
    ("/data/4111/1111/1111/1111.bin", "/data/4111/1111/1111/1111.bin"),
    ("arn:aws:iam::587590560401:role/app", "arn:aws:iam::587590560401:role/app"),
    ("587590560401", "****-****-****-****"),
    ("52998224725-1 52998224725-2 52998224725-3 52998224725-4",) * 2,
    ("52998224725-1", "***.***.***-**-1"),
    ("005511987654321", "(**) *****-****"),
    ("/x/005511987654321 00447911123456", "/x/(**) *****-**** (**) *****-****"),
    ("00020794609581 id=00447911123456 00447911", "00020794609581 id=00447911123456 00447911"),
    ("\x1b[31m52998224725\x1b[0m", "\x1b[31m***.***.***-**\x1b[0m"),
    ("\x1b[1;31mana@example.com\x1b[0m", "\x1b[1;31m***@***.***\x1b[0m"),
    ("\x1b[32m31m@example.com \x1b[32m@example.com", "\x1b[32m***@***.*** \x1b[32m@example.com"),
    ("\x1b[32mBearer abc123\x1b[0m", "\x1b[32mBearer ***\x1b[0m"),
    ("\\u001b[32m+55 11 98765-4321\\u001b[0m", "\\u001b[32m(**) *****-****\\u001b[0m"),
    ("\x1b[0K4111111111111111", "\x1b[0K****-****-****-****"),
    ("31m52998224725", "31m52998224725"),
    ("620795 1579035436564", "620795 1579035436564"),
    ("EAN 4001053066605, 4001053066605", "EAN 4001053066605, ****-****-****-****"),
    ("561011760494.dkr.ecr.us-east-1.amazonaws.com", "561011760494.dkr.ecr.us-east-1.amazonaws.com"),
    ("11987654321 9 52998224725 0 11987654321 3", "11987654321 9 52998224725 0 11987654321 3"),
    ("555480746.10", "555480746.10"),
    ("b21f 0650 2244 6198 eb08", "b21f 0650 2244 6198 eb08"),
    ("cafe 020 7946 0958", "cafe (**) *****-****"),
    ('telefone="11 2008-1917" 11 2008-1917', 'telefone="(**) *****-****" 11 2008-1917'),
    ("cel: +50066930.", "cel: (**) *****-****."),
    ("+3998 -1327", "+3998 -1327"),
    ("-----BEGIN PRIVATE KEY-----\nMIIE\n", "-----REDACTED KEY-----\n"),
    ("?auth=Bearer%20abc123&next=1", "?auth=Bearer ***&next=1"),
    ("`Bearer abc123` foi", "`Bearer ***` foi"),
    ("ok...ana@example.com", "ok...***@***.***"),
    ('"ana lima"@example.com', "***@***.***"),
    ("ana#1!x@exa_mple.com", "***@***.***"),
    ("icon@1.5x.png", "icon@1.5x.png"),
    ('"-" "@example.com"', '"-" "@example.com"'),
    ("valor:2001:db8::1", "valor:2001:db8::1"),
    ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nok", "-----REDACTED KEY-----\nok"),
]


OFF_BY_DEFAULT = [
    ("us_ssn", "ssn 078 05 1120.", "ssn ***-**-****."),
    ("us_ssn", "078 05 1120 12", "078 05 1120 12"),
    ("ipv6", "from 2001:db8::1: timeout", "from ****:****: timeout"),
    ("ipv6", "from 2001:db8::: timeout", "from ****:****: timeout"),
    ("pis", "12056412547-1 12056412547-1", "12056412547-1 12056412547-1"),
]


@pytest.mark.parametrize(("detector", "text", "expected"), OFF_BY_DEFAULT, ids=[text for _, text, _ in OFF_BY_DEFAULT])
def test_only_the_value_is_replaced_when_its_detector_is_on(detector, text, expected, masker_of):
    assert masker_of[detector].mask_text(text).text == expected


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=[text[:30] for text, _ in TEXTS])
def test_only_the_value_is_replaced_when_it_stands_in_text(text, expected, mask):
    masked = mask(text)
    if expected is None:
        assert "529" not in masked
        assert "joao" not in masked
    else:
        assert masked == expected


ESCAPED = [
    ("linha\\n52998224725", "linha\\n***.***.***-**"),
    ("\\\\tana@example.com\\\\n", "\\\\t***@***.***\\\\n"),
    ("11.222.333\\/0001-81", "**.***.***/****-**"),
    ("jo\\u00e3o@example.com", "***@***.***"),
    ("ana\\u0040example.com", "***@***.***"),
    ("?tel=%2B55%2011%2098765-4321&x=1", "?tel=(**) *****-****&x=1"),
    ("?card=4111+1111+1111+1111&x=1", "?card=****-****-****-****&x=1"),
    ("?q=email%3Aana%40example.com", "?q=email%3A***@***.***"),
    ("?q=%252011987654321", "?q=%2520(**) *****-****"),
    ("jo%C3%A3o%40example.com", "***@***.***"),
    ("%31%32%33.456.789-00", "***.***.***-**"),
    ("o&#x27;brien&#64;example.com", "***@***.***"),
    ("tel:&nbsp;(11)&nbsp;98765-4321", "tel:&nbsp;(**) *****-****"),
    ("=C3=A9 529.982.=\n247-25", "=C3=A9 ***.***.***-**"),
    ("Bearer YWJjMTIz=\n- x", "Bearer ***\n- x"),
    ("LIKE '%209.123.456-78%'", "LIKE '%***.***.***-**%'"),
    ("1+1=2, a%b, \\d+, 100% &c; C:\\new", "1+1=2, a%b, \\d+, 100% &c; C:\\new"),
]
"""A value behind percent signs, backslashes, entities or line ends, and what stays of the text around it."""


@pytest.mark.parametrize(("text", "expected"), ESCAPED, ids=[text for text, _ in ESCAPED])
def test_value_is_replaced_when_it_stands_behind_escapes(text, expected, mask):
    assert mask(text) == expected


DISGUISES = [
    "１２３.４５６.７８９-００",
    "12\u200b3.456.789-00",
    "123.456.789\u201300",
    "123.456.789\u221200",
    "123\uff0e456\uff0e789\uff0d00",
    "123.456.789\u00ad-00",
    "١٢٣.٤٥٦.٧٨٩-٠٠",
    "𝟭𝟮𝟯.𝟰𝟱𝟲.𝟳𝟴𝟵-𝟬𝟬",
    "1\u20602\u20603.456.789-00",
    "123\u2024456\u2024789\u201000",
    "1\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e3.456.789-00",
    "529\u00a0982\u00a0247\u00a025",
    "529\u2009982\u2009247\u200925",
]


@pytest.mark.parametrize("disguise", DISGUISES, ids=ascii)
def test_cpf_is_found_when_it_is_disguised_in_unicode(disguise, mask):
    assert mask(f"é “{disguise}” 😀 fim") == "é “***.***.***-**” 😀 fim"


@pytest.mark.parametrize(
    "disguise", ["joao＠example．com", "jo\u200bao@exam\u00adple.com", "ｊｏａｏ@example.com", "joa\u0303o@example.com"]
)
def test_email_is_found_when_it_is_disguised_in_unicode(disguise, mask):
    assert mask(f"«{disguise}»") == "«***@***.***»"
