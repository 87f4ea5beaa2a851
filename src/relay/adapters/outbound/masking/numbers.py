"""Personal data in numeric columns: bare digits whose leading zero may be gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from relay.adapters.outbound.masking.check_digits import CNPJ_LENGTH, CPF_LENGTH, card_agrees, cpf_agrees, pis_agrees
from relay.adapters.outbound.masking.documents import bare_cnpj
from relay.adapters.outbound.masking.phones import is_mobile

SMALLEST = 10**9
"""No number with fewer digits is looked at: a CPF that lost one zero has ten."""
LARGEST = 10**19


def _is_cpf(digits: bytes) -> bool:
    return cpf_agrees(digits.rjust(CPF_LENGTH, b"0"))


def _is_cnpj(digits: bytes) -> bool:
    """A CNPJ of 13 digits must be one of the first 99 branches: epoch milliseconds have 13 digits too."""
    if len(digits) == CNPJ_LENGTH - 1 and digits[7:9] != b"00":
        return False
    padded = digits.rjust(CNPJ_LENGTH, b"0")
    return len(digits) >= CNPJ_LENGTH - 1 and bare_cnpj(padded, 0, len(padded)) is not None


NUMBER_CHECKS: Mapping[str, Callable[[bytes], bool]] = MappingProxyType(
    {"cnpj": _is_cnpj, "cpf": _is_cpf, "credit_card": card_agrees, "pis": pis_agrees, "phone": is_mobile}
)
"""The detectors that look at numbers, in order of precedence."""
