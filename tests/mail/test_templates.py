"""Each template can be read, and nobody's name can make a header or hide a secret in one."""

import pytest
from flask import Flask

from digisence.mail import courier, envelope
from digisence.mail.templates import TEMPLATES, render

VALUES = {"name": "Ann", "link": "https://example.org/x", "reason": "too short", "subject": "Bee"}


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_says_something(template: str) -> None:
    text = render(template, VALUES)
    assert text.subject
    assert "\n" not in text.subject
    assert "$" not in text.subject + text.body
    assert "password:" not in text.body.lower()


def test_what_a_stranger_gets_unasked_holds_no_word_of_another_stranger() -> None:
    assert render("received", VALUES) == render("received", {})


def test_no_value_makes_a_header(posting: Flask) -> None:
    evil = "Ann\r\nBcc: all@example.org\r\n\r\n.\r\nMAIL FROM:<x@example.org>"
    text = render("approved", {"name": evil, "subject": evil})
    message = courier.compose(text, "ann@example.org", "<1@example.org>").message()
    assert sorted(message.keys()) == sorted(
        ["Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID"]
    )
    assert message["Bcc"] is None


def test_what_is_sealed_comes_back_only_under_the_same_key(posting: Flask) -> None:
    sealed = envelope.seal({"link": "l"})
    assert envelope.unseal(sealed) == {"link": "l"}
    settings = posting.config["SETTINGS"]
    posting.config["SETTINGS"] = settings.model_copy(update={"secret_key": "x" * 40})
    with pytest.raises(envelope.Unreadable):
        envelope.unseal(sealed)
