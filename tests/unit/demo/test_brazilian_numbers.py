"""The sample numbers pass the checks of real ones, as the masking engine knows them."""

from random import Random

import pytest

from relay.bootstrap.demo.brazilian_numbers import bare, card, cpf, mobile_phone


def _luhn_sum(digits: str) -> int:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled)


def _cpf_digit(digits: str) -> int:
    rest = sum(int(digit) * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


@pytest.mark.parametrize("seed", range(200))
def test_check_digits_agree_when_a_number_is_drawn(seed):
    random = Random(seed)
    digits = bare(cpf(random))
    assert int(digits[9]) == _cpf_digit(digits[:9])
    assert int(digits[10]) == _cpf_digit(digits[:10])
    assert _luhn_sum(bare(card(random))) % 10 == 0


def test_numbers_are_written_as_people_write_them_when_drawn():
    random = Random(1)
    assert [len(part) for part in card(random).split(" ")] == [4, 4, 4, 4]
    assert mobile_phone(random)[0] == "("
    assert len(bare(mobile_phone(random))) == 11
    assert cpf(random)[3::4] == "..-"
