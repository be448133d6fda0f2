"""What the declarations say about tables."""

from digisence.models import Business, Category, User
from digisence.records.tables import memory, portions, unique_fields


def test_portions_keep_order_and_size() -> None:
    assert list(portions([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
    assert list(portions([])) == []


def test_unique_columns_and_memories_come_from_the_declarations() -> None:
    assert [field.name for field in unique_fields(User)] == ["email"]
    assert {field.name for field in unique_fields(Business)} == {"slug", "adminId"}
    twin = memory(Business, "admin_id")
    assert twin is not None
    assert twin.attribute == "admin_ref"
    assert memory(Category, "name") is None
