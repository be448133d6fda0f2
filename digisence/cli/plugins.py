"""`digisence plugins`: rules by others, from a first file to a checked distribution."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import click

from ..config import settings
from ..integrity import catalogue, registry
from ..integrity.isolation import environment
from ..models import Check
from . import scaffold
from .output import FAILED, FINDINGS, OK, WARNINGS, Failure, counted, emit, json_option, leave, table

LIMIT_SECONDS = 600
TAIL = 2000  # characters of a child's last words that are worth telling


@click.group("plugins")
def group() -> None:
    """Write rules of your own, check them, see which there are.

    A plugin is a Python distribution with an entry point in the group `digisence.rules`. Installed beside digisence by
    pip, the worker finds it at its next run; its rules only observe until a superadmin lets one act.

    \b
    digisence plugins new acme-rules     writes one that works
    pip install -e ./acme-rules          installs it
    digisence plugins check acme-rules   loads and tries it as the worker would
    digisence plugins list               shows what is installed
    """


@group.command("list")
@json_option
def listing(as_json: bool) -> None:
    """List the distributions that offer rules, and what became of the rules.

    What is installed is read from metadata, nothing is imported. Mode and health are those of the last look that a
    worker or `digisence integrity checks` took. Ends with 3 when a check is broken.
    """
    items = _inventory()
    if as_json:
        emit({"items": items})
    else:
        columns = ("distribution", "version", "entry points", "check", "mode", "health")
        table(columns, [line for item in items for line in _lines(item)])
    broken = [check for item in items for check in item["checks"] if check["health"] != catalogue.OK]
    leave(FAILED if any(check["mode"] != "off" for check in broken) else OK)


def _inventory() -> list[dict[str, Any]]:
    """Distributions by name: those installed, and those that checks remember."""
    offered: dict[str, list[registry.Source]] = defaultdict(list)
    for source in registry.sources():
        offered[source.distribution].append(source)
    known: dict[str, list[Check]] = defaultdict(list)
    for check in catalogue.listed():
        known[check.distribution].append(check)
    welcome = {registry.OWN, *map(registry.normalised, settings().welcome)} if settings().welcome else None
    return [
        {
            "distribution": name,
            "version": offered[name][0].version if offered[name] else None,
            "installed": bool(offered[name]),
            "allowed": welcome is None or name in welcome,
            "entryPoints": [
                {"name": source.entry_point.name, "value": source.entry_point.value} for source in offered[name]
            ],
            "checks": [_check(check) for check in known[name]],
        }
        for name in sorted(offered.keys() | known.keys())
    ]


def _check(check: Check) -> dict[str, Any]:
    told = catalogue.to_json(check)
    return {name: told[name] for name in ("id", "title", "mode", "health", "healthDetail")}


def _lines(item: dict[str, Any]) -> list[list[Any]]:
    entries = ", ".join(f"{entry['name']} = {entry['value']}" for entry in item["entryPoints"])
    head = [item["distribution"], item["version"] or "not installed", entries]
    if not item["checks"]:
        why = "not looked at yet" if item["allowed"] else "left out by DIGISENCE_RULE_DISTRIBUTIONS"
        return [[*head, "", "", why]]
    rows = [[check["id"], check["mode"], check["healthDetail"] or check["health"]] for check in item["checks"]]
    return [[*(head if index == 0 else ("", "", "")), *row] for index, row in enumerate(rows)]


@group.command("new")
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put it; default a folder of that name in the working folder.",
)
@json_option
def new(name: str, directory: Path | None, as_json: bool) -> None:
    """Write a plugin that works: a rule, its test, and what pip needs. NAME is the distribution's, such as acme-rules.

    Its tests pass as they are: `pip install 'digisence[testing]'`, then `pytest` in its folder. Change the rule, and
    the contract class in its test tells what a rule must do. Nothing is ever written over.
    """
    folder = directory or Path(name)
    try:
        written = scaffold.write(name, folder)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except FileExistsError as error:
        raise Failure(f"{folder} holds something already; name another folder with --directory.") from error
    if as_json:
        emit({"name": name, "directory": str(folder), "files": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"Next: cd {folder}, pytest, pip install -e ., digisence plugins check {name}")


@group.command("check")
@click.argument("distribution")
@click.option(
    "--database",
    metavar="URL",
    envvar="DIGISENCE_TEST_DATABASE",
    default="",
    help="Try the rules on this PostgreSQL server too; scratch databases are made there and dropped "
    "(default: DIGISENCE_TEST_DATABASE).",
)
@json_option
def check(distribution: str, database: str, as_json: bool) -> None:
    """Load an installed DISTRIBUTION as the worker would, and try each of its rules.

    The rules run apart, on scratch databases: a sound directory of 500 businesses with a made-up one beside it that
    has the usual defects. Each clause of the contract is tried that needs nobody to say what is broken; the author's
    tests try the others. The product's own database is not touched.

    Ends with 1 when something is wrong, 2 when only warnings are, 3 when the check itself failed, 64 when no such
    distribution is installed.
    """
    name = registry.normalised(distribution)
    there = sorted({source.distribution for source in registry.sources()})
    if name not in there:
        raise click.UsageError(
            f"No distribution {name!r} that offers rules is installed here; there are {', '.join(there) or 'none'}."
        )
    told = _ask(name, database)
    if as_json:
        emit(told)
    else:
        _print(told)
    levels = {remark["level"] for remark in told["remarks"]}
    leave(FINDINGS if "fault" in levels else WARNINGS if levels else OK)


def _ask(name: str, database: str) -> dict[str, Any]:
    command = [sys.executable, "-c", "from digisence.testing.checking import main; main()"]
    question = json.dumps({"distribution": name, "database": database})
    try:
        done = subprocess.run(  # noqa: S603 our own module by our own interpreter
            command, env=environment(), input=question, capture_output=True, text=True, timeout=LIMIT_SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Failure(f"The check took longer than {LIMIT_SECONDS} s and was stopped.") from error
    if done.returncode:
        raise Failure(f"The check ended with code {done.returncode}: {done.stderr.strip()[-TAIL:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _print(told: dict[str, Any]) -> None:
    columns = ("rule", "resource", "severity", "remedy", "found in the made-up directory", "title")
    table(columns, [_row(rule) for rule in told["rules"]])
    for remark in told["remarks"]:
        click.secho(f"{remark['level']}: {remark['about']}: {remark['detail']}", fg="red", err=True)
    tried = counted(len(told["rules"]), "rule")
    found = counted(len(told["remarks"]), "remark") if told["remarks"] else "no remarks"
    click.echo(f"{told['distribution']} {told['version']}: {tried} tried, {found}.")


def _row(rule: dict[str, Any]) -> list[Any]:
    found = ", ".join(f"{count} on {engine}" for engine, count in rule["found"].items())
    return [rule["id"], rule["resource"], rule["severity"], rule["remedy"], found, rule["title"]]


commands: list[click.Command] = [group]
