"""Personal data in numeric columns: bare digits whose leading zeros may be gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from relay.adapters.outbound.masking.check_digits import CNPJ_LENGTH, CPF_LENGTH, card_agrees, cpf_agrees, pis_agrees
from relay.adapters.outbound.masking.documents import bare_cnpj
from relay.adapters.outbound.masking.phones import is_mobile

SMALLEST = 10**8
"""No number with fewer digits is looked at: a CPF that lost two zeros has nine."""
LARGEST = 10**19
WHOLE_NUMBER = re.compile(r"[+-]?(\d{1,20})(?:\.0*)?", re.ASCII)
"""A numeric column's value as text, if it is whole; the group is its digits."""

_BRANCH_ZEROS: Mapping[int, bytes] = MappingProxyType({CNPJ_LENGTH: b"", CNPJ_LENGTH - 1: b"00"})
_MOST_BRANCH_ZEROS = b"000"
"""What the branch's four digits begin with, by the digits that are left."""


def _is_cpf(digits: bytes) -> bool:
    return cpf_agrees(digits.rjust(CPF_LENGTH, b"0"))


def _is_cnpj(digits: bytes) -> bool:
    """Of a number that lost zeros only the first 99 or nine branches count: epoch milliseconds have 13 digits too."""
    padded = digits.rjust(CNPJ_LENGTH, b"0")
    branch_zeros = _BRANCH_ZEROS.get(len(digits), _MOST_BRANCH_ZEROS)
    if padded[8:12] == b"0000" or not padded[8:12].startswith(branch_zeros):
        return False
    return bare_cnpj(padded, 0, len(padded)) is not None


NUMBER_CHECKS: Mapping[str, Callable[[bytes], bool]] = MappingProxyType(
    {"cnpj": _is_cnpj, "cpf": _is_cpf, "credit_card": card_agrees, "pis": pis_agrees, "phone": is_mobile}
)
"""The detectors that look at numbers, in order of precedence."""
