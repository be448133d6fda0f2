"""Slugs do not meet."""

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
