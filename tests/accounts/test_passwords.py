"""argon2 for ours, bcrypt for imported ones, and refusals that all cost the same."""

import time

import bcrypt
import pytest

from digisence.accounts import passwords
from digisence.errors import Invalid

pytestmark = pytest.mark.real_hashes

PASSWORD = "three grey horses run"
IMPORTED = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode()


def test_a_hash_is_argon2id_above_the_minimum_and_salted() -> None:
    first, second = passwords.hash_password(PASSWORD), passwords.hash_password(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert first != second
    assert passwords.verify(PASSWORD, first)
    assert not passwords.verify(PASSWORD + " ", first)
    assert not passwords.needs_rehash(first)


def test_imported_hashes_fit_and_want_to_be_renewed() -> None:
    assert passwords.verify(PASSWORD, IMPORTED)
    assert passwords.verify(PASSWORD, "$2y$" + IMPORTED[4:])
    assert not passwords.verify("another", IMPORTED)
    assert passwords.needs_rehash(IMPORTED)


def test_imported_hashes_of_long_passwords_fit_as_they_were_made() -> None:
    long = "ä" * 50  # 100 bytes, of which bcrypt saw 72
    stored = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    assert passwords.verify(long, stored)
    assert not passwords.verify("ä" * 35, stored)


@pytest.mark.parametrize("stored", [None, "", "plain", "$2b$12$tooshort", "$2b$99$" + "a" * 53, "$argon2id$v=19$m=1"])
def test_nothing_fits_a_hash_that_is_none(stored: str | None) -> None:
    assert not passwords.verify(PASSWORD, stored)
    assert not passwords.verify(stored or "", stored)


def test_older_parameters_want_to_be_renewed() -> None:
    weak = "$argon2id$v=19$m=19456,t=2,p=1$/4PRytKBX2845jvXySGFGA$YoXHZZpSozV7PctY4Nn4HZ6gJWPoQPeT3F0PK9W/ODI"
    assert passwords.needs_rehash(weak)


def cost(stored: str | None) -> float:
    """CPU seconds of this thread for a refusal; the least of three."""

    def once() -> float:
        began = time.thread_time()
        passwords.verify("wrong", stored)
        passwords.even_out("wrong", stored)
        return time.thread_time() - began

    return min(once() for _ in range(3))


def test_a_refusal_costs_the_same_whatever_the_account_has() -> None:
    unknown = cost(None)
    for stored in (passwords.hash_password(PASSWORD), IMPORTED, "not a hash"):
        assert 0.7 < cost(stored) / unknown < 1.4


@pytest.mark.parametrize("bad", ["", "elevenchars", "x" * 257, "a" * 12, "Anna@Example.org"])
def test_a_weak_password_is_refused_with_its_field(bad: str) -> None:
    with pytest.raises(Invalid) as caught:
        passwords.require_good(bad, "anna@example.org")
    assert list(caught.value.fields) == ["newPassword"]


def test_twelve_characters_are_enough() -> None:
    passwords.require_good("twelve chars", "anna@example.org")


def test_one_time_passwords_are_good_and_differ() -> None:
    made = {passwords.one_time() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        passwords.require_good(password, "anna@example.org")
        assert len(password.replace("-", "")) == 20
        assert not set(password) & set("01ilo")
