"""The built-in detectors, in order of precedence: of two matches that overlap, the one further up names the mask."""

from __future__ import annotations

from relay.adapters.outbound.masking import cards, contacts, documents, patterns, phones
from relay.adapters.outbound.masking.detector import Detector, Form
from relay.domain.masking import MaskingSettings

DETECTORS: tuple[Detector, ...] = (
    Detector(
        name="private_key",
        mask="-----REDACTED KEY-----",
        on_by_default=True,
        forms=(Form(pattern=patterns.PRIVATE_KEY, judge=contacts.private_key),),
        source="RFC 7468, section 2; RFC 9580, section 6.2; a key that was cut off is one too",
        examples=(
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg/+==\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\\nProc-Type: 4,ENCRYPTED\\nMIIE\\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA",
        ),
        counter_examples=("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "PRIVATE KEY missing"),
    ),
    Detector(
        name="bearer_token",
        mask="Bearer ***",
        on_by_default=True,
        forms=(Form(pattern=patterns.BEARER, judge=contacts.bearer_token),),
        source="RFC 6750, section 2.1, in any case and length, with any printable token",
        examples=(
            "Bearer abc123", "bearer x", "BEARER mF_9.B5f-4.1JqM==", "Bearer%20abc123", "bearer: 12|secretsecret",
        ),
        counter_examples=("bearer token expired", "the bearer of this card", 'Bearer realm="api"', "forbearer abc1"),
    ),
    Detector(
        name="jwt",
        mask="eyJ***.***.***",
        on_by_default=True,
        forms=(Form(pattern=patterns.JWT, judge=contacts.jwt),),
        source="RFC 7519, section 3: base64url of an object starts with eyJ; RFC 7516 for five parts",
        examples=("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."),
        counter_examples=("eyJ.eyJ", "keyJob.run"),
    ),
    Detector(
        name="github_token",
        mask="gh*_***",
        on_by_default=True,
        forms=(
            Form(pattern=r"gh[pousr]_[A-Za-z0-9]{20,}", judge=contacts.anywhere),
            Form(pattern=r"github_pat_[A-Za-z0-9_]{20,}", judge=contacts.anywhere),
        ),
        source="GitHub Docs, About authentication to GitHub: token formats",
        examples=("ghp_" + "a1B2c3D4e5F6" * 3, "github_pat_11ABCDEFG0" + "abcdefghij" * 5),
        counter_examples=("ghp_short", "github_pattern"),
    ),
    Detector(
        name="slack_token",
        mask="xox*-***",
        on_by_default=True,
        forms=(
            Form(pattern=r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}", judge=contacts.anywhere),
            Form(pattern=r"xapp-\d-[A-Za-z0-9-]{8,}", judge=contacts.anywhere),
        ),
        source="Slack API documentation, Token types",
        examples=("xoxb-" + "123456789012-abcDEF", "xoxe.xoxp-1-" + "Mi0yLTEyMzQ1Ng", "xapp-1-" + "A0123456-78-abcdef"),
        counter_examples=("xoxb-", "xox-ray"),
    ),
    Detector(
        name="gcp_api_key",
        mask="AIza***",
        on_by_default=True,
        forms=(Form(pattern=r"AIza[0-9A-Za-z_-]{35,}", judge=contacts.anywhere),),
        source="Google Cloud documentation, API keys: AIza and 35 characters",
        examples=("AIza" + "SyA-1234567890_abcdefghijklmnopqrst",),
        counter_examples=("AIzawa Masaru",),
    ),
    Detector(
        name="aws_access_key",
        mask="AKIA****************",
        on_by_default=True,
        forms=(
            Form(
                pattern=r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
                judge=contacts.standing_alone,
            ),
        ),
        source="AWS IAM User Guide, IAM identifiers: unique ID prefixes",
        examples=("AKIA" + "IOSFODNN7EXAMPLE", "ASIA" + "IOSFODNN7EXAMPLE"),
        counter_examples=("AKIAIOSF", "XAKIA" + "IOSFODNN7EXAMPLE"),
    ),
    Detector(
        name="email",
        mask="***@***.***",
        on_by_default=True,
        forms=(
            Form(pattern=patterns.EMAIL, judge=contacts.email),
            Form(
                pattern=patterns.EMAIL_SPELT_OUT,
                judge=contacts.anywhere,
            ),
        ),
        source="RFC 5322, section 3.4.1; RFC 6531 (letters of any script); RFC 3986, section 2.1 (%40)",
        examples=(
            "joao@example.com", "JOAO.Silva+promo@Example.COM.BR", "joão@exämple.com", "用户@例子.广告",
            "joao%40example.com", "o'brien@example.ie",
            "joao_1@sub-domain.example.museum", "joao [at] example [dot] com",
        ),
        counter_examples=("@joao", "react@18.2.0", "logo@2x.png", "joao@localhost", "pkg@1.2.3-beta.rc", "a @ b.com"),
    ),
    Detector(
        name="iban",
        mask="****-****-****-****",
        on_by_default=True,
        forms=(Form(pattern=patterns.IBAN, judge=documents.iban),),
        source="ISO 13616-1; SWIFT IBAN registry",
        examples=("DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "BR1800360305000010009795493C1"),
        counter_examples=("DE88370400440532013000", "DE8937040044053201300", "XDE89370400440532013000"),
    ),
    Detector(
        name="pix_random_key",
        mask="********-****-****-****-************",
        on_by_default=False,
        forms=(Form(pattern=patterns.UUID, judge=contacts.uuid),),
        source="Banco Central do Brasil, Manual Operacional do DICT: EVP is a UUID (RFC 9562)",
        examples=("123e4567-e12b-12d1-a456-426655440000",),
        counter_examples=("123e4567-e12b-12d1-a456-42665544000", "x-123e4567-e12b-12d1-a456-426655440000"),
    ),
    Detector(
        name="cnpj",
        mask="**.***.***/****-**",
        on_by_default=True,
        forms=(
            Form(
                pattern=r"(?i)[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/[0-9A-Z]{4}-?\d{2}",
                judge=documents.punctuated_alphanumeric,
            ),
            Form(
                pattern=r"\d{2}[ .-]?\d{3}[ .-]?\d{3} ?[ ./-] ?\d{4} ?[ .-]? ?\d{2}|\d{12}-\d{2}",
                judge=documents.oddly_punctuated_cnpj,
                begins_number=True,
            ),
            Form(pattern=patterns.BARE_CNPJ, judge=documents.bare_cnpj, trigger=patterns.BARE_CNPJ_TRIGGER),
            Form(pattern=patterns.BARE_DIGITS, judge=documents.bare_cnpj, trigger=patterns.BARE_DIGITS_TRIGGER),
        ),
        source="Receita Federal, Instrução Normativa RFB 2.229/2024 (letters from July 2026); mod 11",
        examples=("11.222.333/0001-81", "12.ABC.345/01DE-35", "11222333000181", "12ABC34501DE35", "11222333/0001-81"),
        counter_examples=("11222333000182", "20260115103001", "00000000000000", "0A11222333000181"),
    ),
    Detector(
        name="cpf",
        mask="***.***.***-**",
        on_by_default=True,
        forms=(
            Form(pattern=r"\d{3}\.\d{3}\.\d{3}-\d{2}", judge=documents.punctuated, begins_number=True),
            Form(
                pattern=r"\d{3} ?[ .-] ?\d{3} ?[ .-]? ?\d{3} ?[ ./-]? ?\d{2}|\d{9} ?[ /-] ?\d{2}|\d{6}[ .]\d{3}-\d{2}",
                judge=documents.oddly_punctuated_cpf,
                begins_number=True,
            ),
            Form(pattern=patterns.BARE_DIGITS, judge=documents.bare_cpf, trigger=patterns.BARE_DIGITS_TRIGGER),
        ),
        source="Receita Federal, Instrução Normativa RFB 2.172/2024; mod 11",
        examples=("123.456.789-00", "52998224725", "529982247-25", "529 982 247 25"),
        counter_examples=("12345678900", "11111111111", "0.52998224725", "0A52998224725", "1123.456.789-00"),
    ),
    Detector(
        name="credit_card",
        mask="****-****-****-****",
        on_by_default=True,
        forms=(
            Form(pattern=patterns.CARD_FOURS, judge=cards.four_groups_of_four, begins_number=True),
            Form(pattern=patterns.CARD_AMERICAN_EXPRESS, judge=cards.american_express_groups, begins_number=True),
            Form(pattern=patterns.CARD_OTHER, judge=cards.other_groups, begins_number=True),
            Form(pattern=patterns.BARE_DIGITS, judge=cards.bare_card, trigger=patterns.BARE_DIGITS_TRIGGER),
        ),
        source="ISO/IEC 7812-1 (Luhn, issuer prefixes)",
        examples=(
            "1234-5678-9012-3456", "4111 1111 1111 1111", "4111111111111111", "3782 822463 10005", "378282246310005",
            "30569309025904", "4222222222222", "6362970000457013",
        ),
        counter_examples=(
            "4111111111111112", "1736900000123", "9999999999999995", "0a4111111111111111",
            "1234 5678 9012 3456 7890 1234", "12345678-1234-1234-1234-123456789012",
        ),
    ),
    Detector(
        name="pis",
        mask="***.*****.**-*",
        on_by_default=False,
        forms=(
            Form(pattern=r"\d{3}\.\d{5}\.\d{2}-\d", judge=documents.punctuated, begins_number=True),
            Form(
                pattern=r"\d{10}-\d|\d{3}[ .]\d{5}[ .]\d{2}[ .-]?\d",
                judge=documents.oddly_punctuated_pis,
                begins_number=True,
            ),
            Form(pattern=patterns.BARE_DIGITS, judge=documents.bare_pis, trigger=patterns.BARE_DIGITS_TRIGGER),
        ),
        source="Caixa Econômica Federal, Cadastro NIS; mod 11",
        examples=("120.56412.54-7", "12056412545", "1205641254-5"),
        counter_examples=("12056412548", "11111111111"),
    ),
    Detector(
        name="us_ssn",
        mask="***-**-****",
        on_by_default=False,
        forms=(Form(pattern=r"\d{3}(?:-\d{2}-| \d{2} )\d{4}", judge=documents.punctuated_ssn, begins_number=True),),
        source="US Social Security Administration, SSN randomization: 000, 666 and 9xx are not issued",
        examples=("078-05-1120",),
        counter_examples=("000-12-3456", "666-12-3456", "912-12-3456", "123-00-4567", "123-45-0000", "078051120"),
    ),
    Detector(
        name="phone",
        mask="(**) *****-****",
        on_by_default=True,
        forms=(
            Form(pattern=patterns.PHONE_INTERNATIONAL, judge=phones.international),
            Form(pattern=patterns.PHONE_IN_PARENTHESES, judge=phones.with_parentheses),
            Form(pattern=patterns.PHONE_MOBILE, judge=phones.brazilian_mobile, begins_number=True),
            Form(pattern=patterns.PHONE_LANDLINE, judge=phones.brazilian_landline, begins_number=True),
            Form(pattern=patterns.PHONE_NATIONAL, judge=phones.national, begins_number=True),
            Form(pattern=patterns.PHONE_BEHIND_WORD, judge=phones.behind_word),
            Form(pattern=patterns.BARE_DIGITS, judge=phones.bare, trigger=patterns.BARE_DIGITS_TRIGGER),
        ),
        source="ITU-T E.164 and E.123; Anatel, Resolução 749/2022; North American Numbering Plan",
        examples=(
            "(11) 98765-4321", "+55 11 98765-4321", "+5511987654321", "11 98765-4321", "11987654321", "5511987654321",
            "(11) 9 8765-4321", "11 3333-4444", "(011) 3333-4444", "+1 (555) 123-4567", "+44 20 7946 0958",
            "555-123-4567", "0055 11 98765-4321",
        ),
        counter_examples=(
            "10987654321", "pedido 11987654321", "2024-01-15 10:30:00", "192.168.100.200", "12 2020-2024", "01310-100",
            "3333-4444", "1e+12345678", "/orders/11987654321", "978-85-333-0227-3",
        ),
    ),
    Detector(
        name="ipv6",
        mask="****:****",
        on_by_default=False,
        forms=(Form(pattern=patterns.IPV6, judge=contacts.ipv6),),
        source="RFC 4291, section 2.2",
        examples=("2001:db8::1", "fe80::1ff:fe23:4567:890a", "::ffff:192.0.2.1"),
        counter_examples=("10:30:00", "std::vector", "00:1b:44:11:3a:b7", "a::b::c"),
    ),
    Detector(
        name="ipv4",
        mask="***.***.***.***",
        on_by_default=False,
        forms=(Form(pattern=r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", judge=contacts.ipv4),),
        source="RFC 791",
        examples=("192.168.0.1", "8.8.8.8"),
        counter_examples=("256.1.1.1", "1.2.3", "1.2.3.4.5", "v1.2.3.4"),
    ),
    Detector(
        name="rg",
        mask="**.***.***-*",
        on_by_default=False,
        forms=(Form(pattern=r"\d{1,2}\.\d{3}\.\d{3}-[\dXx]", judge=documents.punctuated, begins_number=True),),
        source="Lei 7.116/1983; the form of the states' institutes (SSP)",
        examples=("12.345.678-9", "1.234.567-X"),
        counter_examples=("12.345.678", "123456789"),
    ),
)  # fmt: skip


def active_detectors(settings: MaskingSettings) -> tuple[Detector, ...]:
    """Return the built-in detectors that are on, in order of precedence."""
    return tuple(each for each in DETECTORS if settings.detectors.get(each.name, each.on_by_default))
