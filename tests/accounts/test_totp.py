"""Codes of the moment and recovery codes, without any account."""

import pyotp

from digisence.accounts import totp


def test_a_picture_of_the_code_can_be_shown_on_any_page() -> None:
    svg = totp.picture("otpauth://totp/x?secret=ABC")
    assert svg.startswith("<svg xmlns=")
    assert 'fill="#fff"' in svg
    assert "<script" not in svg


def test_a_step_is_found_within_one_period_and_no_further() -> None:
    secret = pyotp.random_base32()
    codes = [pyotp.TOTP(secret).generate_otp(step) for step in range(98, 103)]
    found = [totp.step(secret, code, 100 * 30 + 29) for code in codes]
    assert [step for step in found if step is not None] == [99, 100, 101]


def test_recovery_codes_are_ten_and_kept_each_for_its_owner() -> None:
    codes = totp.recovery_codes()
    assert len({totp.digest("u", code) for code in codes}) == 10
    assert totp.digest("u", codes[0]) != totp.digest("v", codes[0])
    assert totp.digest("u", codes[0]) == totp.digest("u", codes[0].upper().replace("-", " "))
    assert all(len(code.replace("-", "")) * 4.9 > 70 for code in codes)  # bits
