"""`digisence stream tail --url`: the feed of any panel, as a superadmin."""

import json

import pytest

from digisence.cli.output import FAILED, USAGE
from tests.cli.tailing import Tail
from tests.e2e.product import PASSWORD, Admin, Product
from tests.e2e.tabs import Subject
from tests.proxy import Proxy


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A machine without any part of the product."""
    return {"DIGISENCE_INSTANCE": str(tmp_path_factory.mktemp("elsewhere")), "REDIS_URL": "redis://localhost:1/0"}


def token(admin: Admin) -> str:
    return str(admin.http.headers["Authorization"]).removeprefix("Bearer ")


def test_waits_for_a_server_that_is_away_from_the_start(
    elsewhere: dict[str, str], product: Product, admin: Admin, door: Proxy, url: str
) -> None:
    door.refuse()
    email = product.first_sign_in()[0]
    tail = Tail(
        elsewhere, "--url", url, "--email", email, "--password-stdin", "--topics", "categories", said=PASSWORD + "\n"
    )
    assert tail.noted().startswith(f"digisence: {url} does not answer (")
    door.heal()
    subject = Subject(admin)
    while not (told := json_of(tail, subject)):
        subject.change()  # until it listens
    assert told["resource"] == "categories"
    door.cut()
    assert "waiting for it" in tail.noted()
    subject.change()
    while tail.told().get("version") != subject.version:
        continue
    assert tail.noted().endswith(" is back\n")
    assert tail.end() == (0, "")


def json_of(tail: Tail, subject: Subject) -> dict[str, str] | None:
    """A change of the subject, if one came."""
    import select

    if not select.select([tail.process.stdout], [], [], 0.5)[0]:
        return None
    told = tail.told()
    return told if told.get("recordId") == subject.id else None


def test_tells_what_redis_tells(elsewhere: dict[str, str], product: Product, admin: Admin, url: str) -> None:
    subject = Subject(admin)
    subject.change(3)
    wishes = ("--topics", "categories", "--type", "change")
    here = product.run("stream", "tail", "--json", "--since", "1h", "--until-idle", "0", *wishes)
    position = json.loads(here.stdout.splitlines()[0])["id"]
    there = Tail(
        {**elsewhere, "DIGISENCE_TOKEN": token(admin)}, "--url", url, "--since", position, "--until-idle", "1", *wishes
    )
    wanted = [json.loads(line) for line in here.stdout.splitlines()[1:]]
    assert [there.told() for _ in wanted] == wanted
    assert there.end(interrupt=False) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "said"),
    [
        ((), {"DIGISENCE_TOKEN": "none"}, FAILED, "The token cannot be used"),
        ((), {}, USAGE, "DIGISENCE_TOKEN"),
        (("--since", "15m"), {"DIGISENCE_TOKEN": "none"}, USAGE, "only a position"),
    ],
)
def test_says_why_there_is_nothing_to_follow(
    elsewhere: dict[str, str], url: str, arguments: tuple[str, ...], environment: dict[str, str], code: int, said: str
) -> None:
    found, told = Tail({**elsewhere, **environment}, "--url", url, *arguments).end(interrupt=False)
    assert (found, said in told) == (code, True), told
