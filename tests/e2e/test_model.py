"""Random faults and random writes, then quiet: what every tab shows is what the database has, and nothing old ever came after new.

`DIGISENCE_BROWSER_FAULTS=500` makes so many faults, `DIGISENCE_BROWSER_SEED=7` another history.
"""

import contextlib
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis, RedisError

from digisence.config import redis_socket
from tests.e2e.author import COLUMNS, Author
from tests.e2e.beholder import Beholder
from tests.e2e.devtools import Window
from tests.e2e.product import Product
from tests.e2e.tabs import Person
from tests.proxy import Proxy

LONG = os.environ.get("DIGISENCE_BROWSER_FAULTS")
FAULTS, A_ROUND = int(LONG or 12), 12
SEED = int(os.environ.get("DIGISENCE_BROWSER_SEED", "1"))
RECORDS = 560 if LONG else 30  # more than a page, more than one transaction tells one by one
TABS = 3
QUIET_SECONDS, START_SECONDS = 120.0, 300.0  # of a busy machine; a quiet one takes a few


class World:
    """The product behind a door, tabs of one browser, and who writes."""

    def __init__(self, window: Window, product: Product, seed: int) -> None:
        self.dice, self.product = random.Random(seed), product
        admin = product.admin()
        self.author = Author(product, admin, self.dice)
        rows = ", ".join(f"('c{n}', 'Category {n}', 'PRODUCT', 1)" for n in range(RECORDS))
        self.author.sql(f"INSERT INTO categories (id, name, type, version) VALUES {rows}")
        self.author.ids = [f"c{number}" for number in range(RECORDS)]
        self.door = Proxy(("127.0.0.1", int(product.url.rsplit(":", 1)[1])))
        self.person = Person(window, product, admin)
        self.url = f"http://localhost:{self.door.address[1]}"
        self.queries = [
            "",
            "?sort=name&page=1&limit=6",
            "?sort=-createdAt&page=2&limit=4",
            "?type=BUSINESS&page=1&limit=50",
            "/c1",
        ]
        self.story: list[str] = []
        self.done: Counter[str] = Counter()
        self.sheets: list[Beholder] = []
        while len(self.sheets) < TABS:
            self.open()
        self.front = self.sheets[-1]

    # -- faults

    def open(self) -> None:
        self.heal()
        self.author.whole()
        self.front = Beholder(self.person, self.url, self.queries)
        self.sheets.append(self.front)

    def close(self) -> None:
        if len(self.sheets) == TABS:
            gone = self.dice.choice(self.sheets)
            self.look(gone)
            self.sheets.remove(gone)
            gone.tab.close()
            self.show()
        else:
            self.open()

    def show(self) -> None:
        self.front = self.dice.choice(self.sheets)
        self.front.front()

    def freeze(self) -> None:
        for sheet in self.sheets:
            if sheet is not self.front and not sheet.frozen:
                sheet.freeze()
                return

    def go_and_return(self) -> None:
        self.heal()
        self.author.whole()
        if not self.front.offline:
            self.look(self.front)
            self.front.go_and_return()

    def network(self) -> None:
        self.front.network(there=self.front.offline)

    def expire(self) -> None:
        self.front.expire()

    def edit(self) -> None:
        self.front.edit(self.dice.choice(self.author.ids), f"by a tab {self.dice.random()}")

    def cut(self) -> None:
        self.door.cut()

    def truncate(self) -> None:
        self.door.truncate(self.dice.randrange(2000))

    def silence(self) -> None:
        self.door.freeze()

    def hold(self) -> None:
        self.door.hold()

    def refuse(self) -> None:
        self.door.refuse()

    def slow(self) -> None:
        self.door.delay = 0.1

    def heal(self) -> None:
        self.door.heal()

    def kill_web(self) -> None:
        self.product.kill_part("gunicorn")

    def kill_relay(self) -> None:
        self.product.kill_part("relay")

    def kill_redis(self) -> None:
        self.product.kill_part("unixsocket")

    def empty_redis(self) -> None:
        with contextlib.suppress(RedisError), Redis(unix_socket_path=str(redis_socket(self.product.instance))) as redis:
            redis.flushall()

    def kill_all(self) -> None:
        if LONG:
            self.product.kill()
            self.product.start(START_SECONDS)
        else:
            self.product.kill_part("gunicorn")

    # -- what happens

    def step(self) -> None:
        fault: Callable[[World], None] = self.dice.choice(ALL)
        self.note(fault.__name__)
        fault(self)
        self.done[fault.__name__] += 1
        for _ in range(self.dice.randrange(4)):
            self.note(self.author.write())
        time.sleep(self.dice.random() * 0.3)

    def note(self, what: str) -> None:
        self.story.append(f"{time.monotonic():.2f} {what}")

    def quiet(self) -> None:
        """All is well again; each tab, looked at, comes to show what there is."""
        self.note("quiet")
        self.heal()
        self.author.whole()
        for sheet in self.sheets:
            sheet.front()
            if sheet.offline:
                sheet.network(there=True)
        for sheet in self.sheets:
            self.front = sheet
            sheet.front()
            self.settle(sheet)
            self.look(sheet)

    def settle(self, sheet: Beholder) -> None:
        """Wait until it shows what the database has; what differs fails the test."""
        deadline = time.monotonic() + QUIET_SECONDS
        while wrong := self.differences(sheet):
            assert time.monotonic() < deadline, self.told(wrong, sheet)
            time.sleep(0.1)

    def differences(self, sheet: Beholder) -> list[str]:
        shown = {query: _plain(answer) for query, answer in sheet.shown().items()}
        wrong = [line for query, truth in self.truth().items() for line in _unlike(query, shown[query], truth)]
        rows = [tuple(row[name] for name in COLUMNS) for row in shown[""]["data"] or []]
        return wrong or [f"the database has not {row}" for row in set(rows) ^ set(self.author.stored().values())]

    def truth(self) -> dict[str, Any]:
        answers = {query: self.author.answer(query) for query in self.queries}
        return {
            query: {"data": data, "total": total, "pending": 0, "fine": data is not None}
            for query, (data, total) in answers.items()
        }

    def look(self, sheet: Beholder) -> None:
        """Nothing old was shown after something newer, nobody was signed out."""
        if sheet.frozen:
            sheet.front()
        wrong = [one for one in sheet.wrong() if not (one["kind"] == "returned" and one["id"] in self.author.restored)]
        assert wrong == [], self.told(wrong, sheet)
        assert not sheet.tab.evaluate("window.signedOut"), self.told(["it was signed out"], sheet)

    def told(self, wrong: list[Any], sheet: Beholder) -> str:
        return "\n".join([f"seed {SEED}", *map(str, wrong[:6]), *sheet.account(), *self.story[-60:]])


ALL = (
    World.close, World.show, World.show, World.freeze, World.go_and_return, World.network, World.network, World.expire, World.edit,
    World.edit, World.cut, World.truncate, World.silence, World.hold, World.refuse, World.slow, World.heal, World.heal, World.kill_web,
    World.kill_relay, World.kill_redis, World.empty_redis, World.kill_all,
)  # fmt: skip


def _plain(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": shown.get("data"), "total": shown.get("total"), "pending": shown["pending"], "fine": shown["error"] is None,
    }  # fmt: skip


def _unlike(query: str, shown: dict[str, Any], truth: dict[str, Any]) -> list[str]:
    """In what an answer differs from what is true."""
    if shown == truth:
        return []
    if not isinstance(shown["data"], list) or not isinstance(truth["data"], list):
        return [f"{query}: {shown}, but there is {truth}"]
    mine, theirs = [{row["id"]: row for row in side["data"]} for side in (shown, truth)]
    rows = [
        f"{query}: {mine.get(key)}, but there is {theirs.get(key)}"
        for key in {**mine, **theirs}
        if mine.get(key) != theirs.get(key)
    ]
    order = (
        [f"{query}: in another order: {list(mine)}, not {list(theirs)}"]
        if not rows and list(mine) != list(theirs)
        else []
    )
    rest = [{name: side[name] for name in ("total", "pending", "fine")} for side in (shown, truth)]
    return [*rows[:3], *order, f"{query}: {len(rows)} of {len(shown['data'])} rows differ; {rest}"]


@pytest.fixture
def product(database: str, tmp_path: Path) -> Iterator[Product]:
    """A product of its own, which is killed more than once."""
    quick = {"DIGISENCE_HEARTBEAT": "1", "DIGISENCE_SYNC_INTERVAL": "86400"}
    started = Product(tmp_path / "instance", database, **quick).start()
    yield started
    started.close()


def test_after_any_faults_every_tab_shows_what_the_database_has(
    window: Window, product: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(window, product, SEED)
    try:
        world.quiet()
        for number in range(1, FAULTS + 1):
            world.step()
            if number % A_ROUND == 0 or number == FAULTS:
                world.quiet()
    finally:
        world.door.heal()
        world.person.leave()
        world.door.close()
    assert world.author.count > 0
    if LONG:
        with capsys.disabled():
            print(f"\n{FAULTS} faults {dict(world.done)}, {world.author.count} writes, 0 differences")  # noqa: T201
