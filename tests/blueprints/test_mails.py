"""The mails there are, told as they are written, for whoever wants to see what an applicant will read."""

from flask.testing import FlaskClient

from digisence.mail.templates import TEMPLATES, render


def test_every_template_is_told_with_its_placeholders(client: FlaskClient, headers: dict[str, str]) -> None:
    told = {each["name"]: each for each in client.get("/api/admin/mails/templates", headers=headers).json["items"]}
    assert list(told) == list(TEMPLATES)
    rejected = told["rejected"]
    filled = rejected["body"].replace("$name", "Ann").replace("$reason", "No address.")
    text = render("rejected", {"name": "Ann", "reason": "No address."})
    assert (rejected["subject"], filled) == (text.subject, text.body)
    assert told["set-password"]["goodForSeconds"] == 86_400
    assert client.get("/api/admin/mails/templates?x=1", headers=headers).status_code == 422
