"""Rules that come, change and go, and SELECTs that do what they must not: each is red, and the others run on."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from digisence.errors import Conflict, Invalid
from digisence.extensions import db
from digisence.integrity import catalogue, choices, figures, findings, registry
from digisence.models import Business, Finding
from tests.outsider import write as outside

from .conftest import business, healthy, install, save, user
from .test_registry import ADMIN, ALL, RULE, Put, run, told

Tuned = Callable[..., Flask]
NO_SLUG = "return q.select(q.businesses.id).where(q.businesses.slug.is_(None))"


def acting(version: str = "1.0", name: str = "r", remedy: str = "deactivate") -> str:
    return f"V = '{version}'\n" + RULE.format(name=name, body=NO_SLUG).replace("report", remedy)


def selecting(condition: str) -> str:
    return "from sqlalchemy import text\n" + RULE.format(
        name="r", body=f'return {ALL[7:]}.where(text("""{condition}"""))'
    )


WRITES = {
    "postgresql": {
        "deletes": ("businesses.id IN (WITH d AS (DELETE FROM users RETURNING id) SELECT id FROM d)", "refuses its SELECT"),
        "calls": ("empty_it() IS NOT NULL", "only reads"),
        "unlocks": ("set_config('transaction_read_only', 'off', true) IS NULL", "refuses its SELECT"),
        "sleeps": ("pg_sleep(60) IS NULL", "longer than 3 s"),
        "remarks": ("businesses.slug IS NULL -- an author's (remark", None),
    },
    "sqlite": {
        "deletes": ("businesses.id IN (WITH d AS (DELETE FROM users RETURNING id) SELECT id FROM d)", "refuses its SELECT"),
        "pragma": ("businesses.id IN (SELECT name FROM pragma_query_only('OFF'))", "refuses its SELECT|only reads"),
        "endless": ("businesses.id IN (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)", "longer than 3 s"),
        "remarks": ("businesses.slug IS NULL -- an author's (remark", None),
    },
}  # fmt: skip


def test_a_select_that_writes_or_never_ends_is_stopped_by_the_database(
    distribution: Put, tuned: Tuned, engine_name: str, database: str
) -> None:
    if engine_name == "postgresql":
        outside(
            database,
            "CREATE FUNCTION empty_it() RETURNS int LANGUAGE sql AS $$ DELETE FROM businesses; SELECT 1 $$",
        )
    for name, (condition, _) in WRITES[engine_name].items():
        distribution(name, selecting(condition))
    tuned(rule_timeout=3)
    healthy(3)
    save(business("unled", None))
    done = run()
    assert done["state"] == "errored"
    assert db.session.scalar(select(func.count()).select_from(Business)) == 4
    health = {name: told(f"{name}.r") for name in WRITES[engine_name]}
    for name, (_, reason) in WRITES[engine_name].items():
        detail = health[name]["healthDetail"]
        assert detail is None if reason is None else any(part in detail for part in reason.split("|")), (name, detail)
    assert "missing_business" in {check["type"] for check in done["integrityChecks"]}
    run()  # the connections are as they were
    assert "missing_business" in str(findings.page("missing_business", "open", 1, 9)[0][0].check_id)


def test_an_upgraded_rule_observes_until_it_is_promoted_again(distribution: Put, tuned: Tuned, tmp_path: Path) -> None:
    distribution("acme", acting(), "1.0")
    tuned(sightings=1, rule_timeout=20)
    healthy(200)
    save(user("led"), business("bare", "led", slug=None))
    run()
    choices.change("acme.r", {"mode": "act"}, ADMIN)
    assert (told("acme.r")["mode"], told("acme.r")["promotedVersion"]) == ("act", "1.0")
    uninstall(tmp_path / "site", "acme")
    distribution("acme", acting("2.0"), "2.0")
    run(repair=True)
    now = told("acme.r")
    assert (now["mode"], now["promotedVersion"], now["origin"]["version"]) == ("observe", None, "2.0")
    assert db.session.get(Business, "bare", populate_existing=True).is_active  # type: ignore[union-attr]
    choices.change("acme.r", {"mode": "act"}, ADMIN)
    run(repair=True)
    assert told("acme.r")["promotedVersion"] == "2.0"
    assert not db.session.get(Business, "bare", populate_existing=True).is_active  # type: ignore[union-attr]
    assert told("orphaned_user")["mode"] == "act"


def uninstall(site: Path, name: str) -> None:
    """As pip does: the metadata goes."""
    for info in site.glob(f"{name}-*.dist-info"):
        for file in info.iterdir():
            file.unlink()
        info.rmdir()


def test_findings_of_a_removed_rule_are_unowned_until_it_is_back(
    distribution: Put, tuned: Tuned, tmp_path: Path
) -> None:
    distribution("acme", acting())
    tuned(rule_timeout=20)
    healthy(3)
    save(business("bare", None, slug=None))
    run()

    def listed() -> list[tuple[str, str | None]]:
        return [
            (each["state"], each["detail"]) for each in map(findings.to_json, findings.page("acme.r", "all", 1, 9)[0])
        ]

    assert listed() == [("open", None)]
    uninstall(tmp_path / "site", "acme")
    assert run()["state"] == "errored"
    assert listed() == [("open", f"unowned: {catalogue.GONE}")]
    assert told("acme.r")["healthDetail"] == catalogue.GONE
    with pytest.raises(Conflict):
        choices.change("acme.r", {"mode": "act"}, ADMIN)
    distribution("acme", "raise RuntimeError('half installed')")
    run()
    assert told("acme.r")["healthDetail"] == catalogue.UNLOADED.format("acme.core")
    assert "half installed" in told("acme.core")["healthDetail"]
    distribution("acme", acting())
    run()
    assert (listed(), told("acme.r")["health"]) == ([("open", None)], "ok")
    assert "acme.core" not in {check.id for check in catalogue.listed()}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_only_the_distributions_allowed_are_loaded(distribution: Put, tuned: Tuned, tmp_path: Path) -> None:
    distribution("acme", RULE.format(name="r", body=ALL))
    distribution("evil", f"open({str(tmp_path / 'was-loaded')!r}, 'w').close()")
    tuned(rule_timeout=20, rule_distributions="Acme, misspelt")
    run()
    known = {check.id: check for check in catalogue.listed() if check.distribution != "digisence"}
    assert known.keys() == {"acme.r", "misspelt"}
    assert "no installed distribution of that name" in str(known["misspelt"].health_detail)
    assert not (tmp_path / "was-loaded").exists()


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_broken_metadata_of_one_hides_no_other(distribution: Put, tuned: Tuned, tmp_path: Path) -> None:
    distribution("sound", RULE.format(name="r", body=ALL))
    distribution("half", RULE.format(name="r", body=ALL))
    (tmp_path / "site" / "half-1.0.dist-info" / "METADATA").unlink()
    distribution("garbled", RULE.format(name="r", body=ALL), entry="not a [module")
    tuned(rule_timeout=20)
    found = registry.survey(20)
    assert {"sound.r", "half.r", "orphaned_user"} <= found.rules.keys()
    assert found.broken.keys() == {"garbled.core"}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_two_entry_points_with_one_rule_are_both_refused(distribution: Put, tuned: Tuned, tmp_path: Path) -> None:
    distribution("twin", RULE.format(name="r", body=ALL))
    (tmp_path / "site" / "twin-1.0.dist-info" / "entry_points.txt").write_text(
        "[digisence.rules]\na = twin\nb = twin:find\nc = twin:find\n"
    )
    tuned(rule_timeout=20)
    done = run()
    assert (done["state"], "twin.r" in registry.survey(20).rules) == ("errored", False)
    assert "both are refused" in str(told("twin.r")["healthDetail"])


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_broken_check_is_loud(distribution: Put, tuned: Tuned) -> None:
    distribution("acme", "raise RuntimeError('no')")
    tuned(rule_timeout=20)
    assert run()["state"] == "errored"
    assert figures.warnings()["checks"] == "Broken: acme.core. See `digisence integrity checks`."
    series = {
        sample.labels["check"]: sample.value
        for one in figures.series()
        if one.name == "digisence_check_broken"
        for sample in one.samples
    }
    assert (series["acme.core"], series["orphaned_user"]) == (1, 0)


SETTINGS = (
    "from pydantic import BaseModel, ConfigDict\n"
    "class Wanted(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n    {fields}\n"
) + RULE.format(name="r", body="return q.select(q.businesses.id).where(q.businesses.name == q.settings.name)").replace(
    "remedy=", "settings=Wanted, remedy="
)


def test_settings_that_no_longer_fit_turn_the_rule_off_until_they_are_mended(distribution: Put, tuned: Tuned) -> None:
    distribution("acme", SETTINGS.format(fields="name: str = 'x'; most: int = 3"))
    tuned(rule_timeout=20)
    healthy(2)
    run()
    choices.change("acme.r", {"settings": {"most": 9}}, ADMIN)
    assert told("acme.r")["settings"] == {"name": "x", "most": 9}
    distribution("acme", SETTINGS.format(fields="name: str = 'Business b0001'"))
    assert run()["state"] == "errored"
    assert "its settings are not valid, so it is not run: most: " in str(told("acme.r")["healthDetail"])
    assert db.session.scalar(select(func.count()).select_from(Finding)) == 0
    with pytest.raises(Invalid):
        choices.change("acme.r", {"settings": {"most": 9}}, ADMIN)
    choices.change("acme.r", {"settings": None}, ADMIN)
    run()
    assert (told("acme.r")["health"], told("acme.r")["settings"]) == ("ok", {"name": "Business b0001"})
    assert list(db.session.scalars(select(Finding.record_id))) == ["b0001"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("limits", "state", "ends"),
    [("", "failed", 1), ("error_if=3", "passed", 0), ("error_if=2", "failed", 1), ("warn_if=2", "warning", 2), ("warn_if=3", "passed", 0), ("warn_if=1, error_if=3", "warning", 2)],
)  # fmt: skip
def test_a_rules_limits_decide_how_a_run_ends(
    app: Flask, distribution: Put, limits: str, state: str, ends: int
) -> None:
    distribution(
        "acme", RULE.format(name="r", body=ALL).replace("remedy=", f"{limits}, remedy=" if limits else "remedy=")
    )
    with app.app_context():
        healthy(2)
    done = app.test_cli_runner().invoke(args=["integrity", "run", "--wait", "--check", "acme.r", "--json"])
    assert done.exit_code == ends, done.output
    assert f'"state": "{state}"' in done.output or f'"state":"{state}"' in done.output


WEB = """
import sys
from digisence import create_app
app = create_app(instance=sys.argv[1], database_url=sys.argv[2], redis_url="redis://localhost:1")
with app.app_context():
    from digisence.integrity import catalogue
    print([check.id for check in catalogue.listed()])
assert app.test_client().get("/healthz").status_code == 200
print(sorted({"acme", "digisence.integrity.answering"} & sys.modules.keys()))
"""


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_web_process_imports_no_rule(database: str, tmp_path: Path) -> None:
    install(tmp_path / "site", "acme", "1.0", "acme", f"open({str(tmp_path / 'was-loaded')!r}, 'w').close()")
    said = subprocess.run(
        [sys.executable, "-c", WEB, str(tmp_path), database], check=True, capture_output=True, text=True, timeout=120,
        env={"PYTHONPATH": f"{tmp_path / 'site'}:{Path(__file__).parents[2]}", "PATH": "/usr/bin"},
    ).stdout  # fmt: skip
    assert said.splitlines()[-1] == "[]"
    assert not (tmp_path / "was-loaded").exists()


def test_many_that_hang_do_not_cost_the_run_its_turn(
    distribution: Put, tuned: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_of: list[Any] = []
    for number in range(3):
        distribution(f"hangs-{number}", "import time; time.sleep(600)")
    tuned(rule_timeout=1)
    catalogue.register(ADMIN, lambda: told_of.append(None))
    assert len(told_of) == len(registry.sources())
