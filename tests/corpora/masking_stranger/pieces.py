"""A text made of pieces: plain ones, values that have to go, and look-alikes that have to stay."""

from __future__ import annotations

from dataclasses import dataclass, field

MASK_OF = {
    "cpf": "***.***.***-**",
    "cnpj": "**.***.***/****-**",
    "email": "***@***.***",
    "credit_card": "****-****-****-****",
    "phone": "(**) *****-****",
    "bearer_token": "Bearer ***",
    "jwt": "eyJ***.***.***",
    "aws_access_key": "AKIA****************",
    "gcp_api_key": "AIza***",
    "github_token": "gh*_***",
    "slack_token": "xox*-***",
    "iban": "****-****-****-****",
}


@dataclass(slots=True)
class Artifact:
    """What is given, what has to come out, and the pieces that tell where it went wrong."""

    kind: str
    text: str = ""
    expected: str = ""
    values: list[tuple[str, str]] = field(default_factory=list)
    look_alikes: list[tuple[str, str]] = field(default_factory=list)

    def plain(self, text: str) -> Artifact:
        """Add what is neither."""
        self.text += text
        self.expected += text
        return self

    def value(self, kind: str, text: str) -> Artifact:
        """Add personal data or a credential."""
        self.text += text
        self.expected += MASK_OF[kind]
        self.values.append((kind, text))
        return self

    def keep(self, family: str, text: str) -> Artifact:
        """Add what only looks so."""
        self.look_alikes.append((family, text))
        return self.plain(text)
