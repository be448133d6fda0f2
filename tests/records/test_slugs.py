"""Slugs do not meet."""

import threading

from flask import Flask

from digisence import records
from digisence.extensions import db
from digisence.models import Category
from digisence.records import slugs
from digisence.records.schema import is_slug
from tests.records.conftest import ME


def test_what_is_made_is_itself_a_slug(app: Flask) -> None:
    for title in ["Café", "Ümläut & Söhne", "🐝", "a%_b", "x" * 500, "Ärzte/Ärztinnen", ""]:
        made = slugs.fresh(db.session, Category, title)
        is_slug(made)
        assert 0 < len(made) <= slugs.LONGEST


def test_a_slug_that_only_begins_alike_is_no_clash(app: Flask) -> None:
    records.create(Category, {"name": "Cafeteria"}, ME)
    assert slugs.fresh(db.session, Category, "Cafe") == "cafe"
    records.create(Category, {"name": "Cafe"}, ME)
    records.create(Category, {"name": "x2", "slug": "cafe-2"}, ME)
    assert slugs.fresh(db.session, Category, "Cafe") == "cafe-3"


def test_many_who_take_one_name_at_once_get_a_slug_each(app: Flask) -> None:
    crowd = 12
    gate, made = threading.Barrier(crowd), []

    def take() -> None:
        with app.app_context():
            gate.wait(30)
            made.append(records.create(Category, {"name": "Cafe"}, ME).slug)

    takers = [threading.Thread(target=take) for _ in range(crowd)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join(60)
    assert len(set(made)) == crowd
    assert all(slug.startswith("cafe") for slug in made)
    for slug in made:
        is_slug(slug)
