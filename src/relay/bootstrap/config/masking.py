"""The `masking` section."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Annotated, Literal

import re2
from pydantic import AfterValidator, ConfigDict, Field

from relay.adapters.outbound.masking.detectors import DETECTORS
from relay.bootstrap.config.base import SettingsModel, Text
from relay.bootstrap.config.secret import SecretSource
from relay.domain.masking import DerivedAction, MaskingRule
from relay.domain.masking import MaskingSettings as DomainMasking

MIN_HASH_KEY_BYTES = 16
_PATTERN_NAME = re.compile(r"[a-z0-9_-]{1,64}")


def _detector(mask: str, *, on: bool) -> bool:
    field: bool = Field(default=on, description=f"Becomes `{mask}`.")
    return field


class DetectorSettings(SettingsModel):
    """The `masking.detectors` section: built-in detectors, by their names as they are, on or off."""

    model_config = ConfigDict(alias_generator=str)

    cpf: bool = _detector("***.***.***-**", on=True)
    cnpj: bool = _detector("**.***.***/****-**", on=True)
    email: bool = _detector("***@***.***", on=True)
    credit_card: bool = _detector("****-****-****-****", on=True)
    phone: bool = _detector("(**) *****-****", on=True)
    bearer_token: bool = _detector("Bearer ***", on=True)
    jwt: bool = _detector("eyJ***.***.***", on=True)
    aws_access_key: bool = _detector("AKIA****************", on=True)
    gcp_api_key: bool = _detector("AIza***", on=True)
    github_token: bool = _detector("gh*_***", on=True)
    slack_token: bool = _detector("xox*-***", on=True)
    private_key: bool = _detector("-----REDACTED KEY-----", on=True)
    iban: bool = _detector("****-****-****-****", on=True)
    rg: bool = _detector("**.***.***-*", on=False)
    pis: bool = _detector("***.*****.**-*", on=False)
    pix_random_key: bool = _detector("********-****-****-****-************", on=False)
    ipv4: bool = _detector("***.***.***.***", on=False)
    ipv6: bool = _detector("****:****", on=False)
    us_ssn: bool = _detector("***-**-****", on=False)


def _check_pattern_name(value: str) -> str:
    if not _PATTERN_NAME.fullmatch(value):
        raise ValueError("must be lowercase letters, digits, _ and -, at most 64")
    return value


def _check_regex(value: str) -> str:
    options = re2.Options()
    options.log_errors = False  # RE2 would write the pattern to standard error.
    try:
        compiled = re2.compile(value, options=options)
    except re2.error as error:
        message = _regex_fault(error)
    else:
        if compiled.search("") is None:
            return value
        message = "matches the empty text, so it would match everywhere"
    raise ValueError(message)


def _regex_fault(error: Exception) -> str:
    """Say why RE2 refused, by the category alone: what follows the colon is a piece of the pattern."""
    text = str(error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error.args[0])
    category = text.partition(":")[0]
    return (
        f"is not a regular expression that can be matched in linear time ({category}); look-around and "
        "back-references can't"
    )


def _check_hash_key(value: str) -> None:
    if len(value.encode()) < MIN_HASH_KEY_BYTES:
        raise ValueError(f"must be {MIN_HASH_KEY_BYTES} bytes or more")


def _hash_key(secret: SecretSource | None) -> SecretSource | None:
    return None if secret is None else secret.requiring(_check_hash_key).validate()


class PatternSettings(SettingsModel):
    """One entry of `masking.patterns`."""

    name: Annotated[str, AfterValidator(_check_pattern_name)] = Field(
        description="Name in records: lowercase letters, digits, `_`, `-`. May be a built-in detector's."
    )
    regex: Annotated[Text, AfterValidator(_check_regex)] = Field(
        description="Regular expression in RE2's syntax (linear time: no look-around, no back-references)."
    )
    replacement: str = Field(max_length=1024, description="Literal text that takes the place of each match.")


class MaskingSettings(SettingsModel):
    """The `masking` section."""

    enabled: bool = Field(default=True, description="Whether personal data is masked. Off, rows leave as they are.")
    patterns: tuple[PatternSettings, ...] = Field(
        default=(), description="Patterns beside the built-in detectors, never instead; they win where both match."
    )
    detectors: DetectorSettings = Field(default_factory=DetectorSettings, description="Built-in detectors, on or off.")
    derived: Literal["mask", "deny", "allow"] = Field(
        default="mask",
        description=(
            "What becomes of an expression computed from a column that holds personal data by a sample of it, and that "
            "has no rule: masked, refused, or let pass, seen by the detectors alone."
        ),
    )
    hash_key: Annotated[SecretSource | None, AfterValidator(_hash_key)] = Field(
        default=None, description="Key for columns whose rule says `hash`, 16 bytes or more; needed only there."
    )

    def masks(self) -> dict[str, str]:
        """Return what stands for a value of each kind: masks of the built-in detectors, replacements of patterns."""
        own = {pattern.name: pattern.replacement for pattern in self.patterns}
        return {detector.name: detector.mask for detector in DETECTORS} | own

    def to_domain(self) -> DomainMasking:
        """Return what the masking engine is built from; only detectors that were written are listed."""
        return DomainMasking(
            enabled=self.enabled,
            rules=tuple(
                MaskingRule(name=pattern.name, regex=pattern.regex, replacement=pattern.replacement)
                for pattern in self.patterns
            ),
            detectors=MappingProxyType(self.detectors.model_dump(exclude_unset=True)),
            derived=DerivedAction(self.derived),
        )
