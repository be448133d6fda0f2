"""The plugins at work in the product: found by metadata, registered, run, listed, checked; on both databases."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from digisence.changes import Context
from digisence.extensions import db
from digisence.integrity import catalogue, runner, runs
from digisence.models import Finding
from digisence.testing import Seed
from tests.conftest import ENGINES
from tests.integrity.conftest import install

ADMIN = Context("user:root")
OWN = "digisence-"
RULES = {
    "digisence-contact-quality": {
        "duplicate-email", "business-phone", "professional-phone", "business-website", "professional-website"
    },
    "digisence-category-tree": {"cycle", "lost-parent", "slug-clash"},
    "digisence-registrations": {"completed-without-account", "account-while-open", "waiting-too-long"},
    "acme-rules": {"thin-description"},
}  # fmt: skip


def defects(seed: Seed) -> dict[str, list[str]]:
    """One of each kind; keys by check."""
    seed.user(email="known@shop.in")
    twins = [seed.user(email=email).id for email in ("asha.rao@gmail.com", "ASHARAO@gmail.com")]
    loop = seed.category()
    seed.change(loop, parent_id=loop.id)
    made = {
        "digisence-contact-quality.business-phone": seed.business(phone="call me"),
        "digisence-contact-quality.professional-phone": seed.professional(phone="+999 1"),
        "digisence-contact-quality.business-website": seed.business(website="https://localhost"),
        "digisence-contact-quality.professional-website": seed.professional(website="n/a"),
        "digisence-category-tree.cycle": loop,
        "digisence-category-tree.lost-parent": seed.category(parent_ref="gone"),
        "digisence-registrations.completed-without-account": seed.registration(status="COMPLETED"),
        "digisence-registrations.account-while-open": seed.registration(
            status="PENDING", email="Known@Shop.in", created_at=seed.ago(days=3)
        ),
        "digisence-registrations.waiting-too-long": seed.registration(status="PENDING"),
        "acme-rules.thin-description": seed.business(description="Shop."),
    }
    slugs = [seed.category(slug=slug).id for slug in ("hair-care", "Hair_Care")]
    return {check: [record.id] for check, record in made.items()} | {
        "digisence-contact-quality.duplicate-email": sorted(twins), "digisence-category-tree.slug-clash": sorted(slugs)
    }  # fmt: skip


def shell(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["plugins", *arguments])


@pytest.mark.usefixtures("plugins")
def test_a_run_finds_what_each_rule_is_for_and_the_list_tells_where_it_is_from(app: Flask) -> None:
    with app.app_context():
        wanted = defects(Seed())
        done = runner.execute(str(runs.create(ADMIN, repair=True)))
        assert done is not None
        assert (done["errors"], done["fixedRecords"]) == ([], 0)
        found: dict[str, list[str]] = {}
        for finding in db.session.scalars(select(Finding).order_by(Finding.record_id)):
            found.setdefault(finding.check_id, []).append(finding.record_id)
            assert finding.explanation != catalogue.read(finding.check_id).title
        assert {check: keys for check, keys in found.items() if not check.startswith("digisence.")} == wanted
    told = shell(app, "list", "--json")
    assert told.exit_code == 0, told.output
    items = {item["distribution"]: item for item in json.loads(told.output)["items"]}
    for name, rules in RULES.items():
        assert {check["id"] for check in items[name]["checks"]} == {f"{name}.{rule}" for rule in rules}
        assert {check["mode"] for check in items[name]["checks"]} == {"observe"}
        assert (items[name]["installed"], items[name]["allowed"], len(items[name]["entryPoints"])) == (True, True, 1)
    assert "acme-rules.thin-description" in shell(app, "list").output


def broken_plugins(folder: Path) -> None:
    head = "from digisence.integrity.rule import rule\n"
    one = "@rule('{}', api=1, resource='categories', severity='low', title='{}')\ndef {}(q):\n    return {}\n"
    install(folder, "no-load", "1.0", "no_load", "raise RuntimeError('no licence')")
    install(folder, "faulty", "1.0", "faulty", head + one.format("r", "A title", "find", "q.select(q.users.id)"))


def checked(app: Flask, name: str, *options: str) -> tuple[int, dict[str, Any]]:
    done = shell(app, "check", name, "--json", *options)
    return done.exit_code, json.loads(done.output) if done.exit_code != 64 else {"said": done.output}


@pytest.fixture
def bare_app(redis_url: str, sqlite_template: Path, tmp_path: Path) -> Flask:
    """The application on SQLite: a check uses databases of its own."""
    from digisence import create_app
    from tests.conftest import SECRET

    return create_app(
        doors=False,
        instance=tmp_path,
        database_url=f"sqlite:///{sqlite_template}",
        redis_url=redis_url,
        secret_key=SECRET,
    )


def test_a_check_tells_good_from_bad_by_its_exit_code(
    bare_app: Flask, plugins: Path, postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_plugins(tmp_path / "broken")
    monkeypatch.syspath_prepend(str(tmp_path / "broken"))
    code, told = checked(bare_app, "no-load")
    assert (code, told["rules"]) == (1, [])
    assert "no licence" in told["remarks"][0]["detail"]
    code, told = checked(bare_app, "faulty")
    assert code == 1
    assert any("primary key of categories" in remark["detail"] for remark in told["remarks"])
    code, told = checked(bare_app, "nothing-there")
    assert code == 64
    assert "acme-rules" in told["said"]
    code, told = checked(bare_app, "Acme_Rules", "--database", postgresql)
    assert (code, told["remarks"], told["distribution"]) == (0, [], "acme-rules")
    assert {engine: found > 0 for engine, found in told["rules"][0]["found"].items()} == dict.fromkeys(ENGINES, True)
    with psycopg.connect(postgresql) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'digisence_testing%'")
        assert left.fetchall() == []
