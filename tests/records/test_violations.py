"""A refusal by the database itself, should a look before have missed it, is told by field all the same."""

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from digisence.changes import unit_of_work
from digisence.models import Business, Category, Inquiry, Record, User
from digisence.records.tables import table
from digisence.records.violations import explain
from tests.records.conftest import ME, user

WRITES: list[tuple[type[Record], dict[str, object], int, set[str]]] = [
    (User, {"email": "ann@example.org"}, 409, {"email"}),
    (Business, {"name": None}, 422, {"name"}),
    (Category, {"name": "x", "type": "OTHER"}, 422, {"type"}),
    (Inquiry, {"name": "x", "email": "e", "message": "m"}, 422, {"businessId", "professionalId"}),
]


@pytest.mark.parametrize(("model", "values", "status", "named"), WRITES)
def test_a_violation_names_its_fields(
    app: Flask, model: type[Record], values: dict[str, object], status: int, named: set[str]
) -> None:
    user("ann@example.org")
    with pytest.raises(IntegrityError) as error, unit_of_work(ME) as session:
        session.execute(insert(table(model)).values(**values))
    problem = explain(error.value, model)
    assert (problem.status, set(problem.fields)) == (status, named)


def test_a_reference_to_nothing_is_named_where_the_database_says_which(app: Flask, engine_name: str) -> None:
    with pytest.raises(IntegrityError) as error, unit_of_work(ME) as session:
        session.execute(insert(Category).values(name="x", parent_id="nothing"))
    problem = explain(error.value, Category)
    assert (problem.status, set(problem.fields)) == (422, {"parentId"} if engine_name == "postgresql" else {"record"})
