"""Parents never come after their children, circles stay together."""

from hypothesis import given
from hypothesis import strategies as st

from digisence.importing import order
from digisence.importing.order import in_turn, waiting_for_business
from digisence.importing.shape import Candidate, shape


def category(record_id: str, parent: str | None = None, business: str | None = None) -> Candidate:
    document = {"_id": record_id, "name": record_id, "type": "BUSINESS", "parentId": parent, "businessId": business}
    return shape("categories", document)


def ids(batches: list[list[Candidate]]) -> list[list[str]]:
    return [[candidate.id for candidate in batch] for batch in batches]


@st.composite
def forests(draw: st.DrawFn) -> list[Candidate]:
    count = draw(st.integers(0, 40))
    parents = [draw(st.one_of(st.none(), st.integers(0, count + 2))) for _ in range(count)]
    made = [category(str(number), None if parent is None else str(parent)) for number, parent in enumerate(parents)]
    return draw(st.permutations(made))


@given(forests(), st.integers(1, 7))
def test_every_parent_is_in_the_same_batch_or_an_earlier_one(forest: list[Candidate], size: int) -> None:
    before, order.BATCH = order.BATCH, size
    try:
        batches = in_turn(forest)
    finally:
        order.BATCH = before
    place = {candidate.id: number for number, batch in enumerate(batches) for candidate in batch}
    assert sorted(place) == sorted(candidate.id for candidate in forest)
    assert sum(map(len, batches)) == len(forest)
    for candidate in forest:
        parent = candidate.value("parent_ref")
        assert parent not in place or place[parent] <= place[candidate.id]


def test_a_circle_shares_a_batch_however_long(monkeypatch) -> None:
    monkeypatch.setattr(order, "BATCH", 2)
    circle = [category(str(number), str((number + 1) % 5)) for number in range(5)]
    assert [sorted(batch) for batch in ids(in_turn([category("x", "2"), *circle]))] == [
        ["0", "1", "2", "3", "4"],
        ["x"],
    ]


def test_what_belongs_to_a_business_waits_with_all_below_it() -> None:
    found = waiting_for_business(
        [
            category("below", "owned"),
            category("owned", "top", business="b"),
            category("top"),
            category("a", "b"),
            category("b", "a"),
            category("c", "d"),
            category("d", "c", business="b"),
        ]
    )
    assert found == {"owned", "below", "c", "d"}
