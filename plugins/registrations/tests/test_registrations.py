"""Each rule keeps the contract, and finds what its name says."""

from typing import Any

import digisence_registrations as registrations

from digisence.testing import RuleContract, Seed


class TestCompletedWithoutAccount(RuleContract):
    """Let in, and not there."""

    rule = registrations.completed_without_account

    def broken(self, seed: Seed) -> Any:
        """Two whom nobody made an account."""
        return [seed.registration(status=status) for status in ("COMPLETED", "APPROVED")]

    def healthy(self, seed: Seed) -> Any:
        """One with an account, in other letters; one that waits."""
        seed.user(email="asha.rao@example.org")
        return [
            seed.registration(status="COMPLETED", email="Asha.Rao@Example.org"),
            seed.registration(status="PENDING"),
        ]


class TestAccountWhileOpen(RuleContract):
    """There, and not let in."""

    rule = registrations.account_while_open

    def broken(self, seed: Seed) -> Any:
        """Both kinds of waiting, with an account in other letters."""
        seed.user(email="asha.rao@example.org")
        return [
            seed.registration(status=status, email="ASHA.RAO@example.org") for status in ("PENDING", "UNDER_REVIEW")
        ]

    def healthy(self, seed: Seed) -> Any:
        """An account whose registration is closed; an applicant without one."""
        seed.user(email="done@example.org")
        return [
            seed.registration(status="COMPLETED", email="done@example.org"),
            seed.registration(status="PENDING", email="new@example.org"),
        ]


class TestWaitingTooLong(RuleContract):
    """Fourteen days unless agreed otherwise."""

    rule = registrations.waiting_too_long

    def broken(self, seed: Seed) -> Any:
        """A day too long."""
        return [
            seed.registration(status="PENDING", created_at=seed.ago(days=15)),
            seed.registration(status="UNDER_REVIEW"),
        ]

    def healthy(self, seed: Seed) -> Any:
        """In time, answered, or looked at lately."""
        return [
            seed.registration(status="PENDING", created_at=seed.ago(days=13)),
            seed.registration(status="REJECTED"),
            seed.registration(status="UNDER_REVIEW", updated_at=seed.ago(days=3)),
        ]


class TestWaitingLongerThanOtherwiseAgreed(RuleContract):
    """The setting counts."""

    rule = registrations.waiting_too_long
    settings = {"days": 30}

    def broken(self, seed: Seed) -> Any:
        """Over a month."""
        return seed.registration(status="PENDING", created_at=seed.ago(days=31))

    def healthy(self, seed: Seed) -> Any:
        """Over fourteen days, under a month."""
        return seed.registration(status="PENDING", created_at=seed.ago(days=29))
