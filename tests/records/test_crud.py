"""A write says what it changed, against which version, and refuses by name."""

from pathlib import Path

import pytest
from flask import Flask

from digisence import records
from digisence.errors import Conflict, Invalid, NotFound, Problem
from digisence.models import Business, Category, Inquiry, Professional, User
from digisence.records import crud
from tests import outsider
from tests.records.conftest import ME, business, inquiry, told, user
from tests.records.rivals import together


def test_a_created_record_is_returned_as_the_database_holds_it_with_its_change(app: Flask) -> None:
    ann = user()
    bee = business(ann, opening_hours={"mo": ["9", 17.5]})
    assert (bee.version, bee.slug, bee.admin_ref, bee.opening_hours) == (1, "bee", ann.id, {"mo": ["9", 17.5]})
    assert bee.created_at == bee.updated_at
    assert told() == [("users", ann.id, "created", 1), ("businesses", bee.id, "created", 1)]
    assert records.read(Business, bee.id).name == "Bee"


def test_a_patch_changes_only_what_it_names_and_tells_it_once(app: Flask) -> None:
    bee = business(user(), description="long")
    after = records.update(Business, bee.id, {"name": "Wasp", "description": None}, ME)
    assert (after.name, after.description, after.slug, after.version) == ("Wasp", None, "bee", 2)
    assert after.updated_at >= bee.updated_at
    assert told(2) == [("businesses", bee.id, "updated", 2)]


def test_a_patch_that_changes_nothing_is_no_change(app: Flask) -> None:
    bee = business(user(), opening_hours={"mo": 1})
    after = records.update(Business, bee.id, {"name": "Bee", "opening_hours": {"mo": 1}}, ME, if_match=1)
    assert after.version == 1
    assert len(told()) == 2


def test_a_write_against_an_older_version_is_refused_with_the_record_and_the_clashing_fields(app: Flask) -> None:
    bee = business(user(), phone="1")
    records.update(Business, bee.id, {"phone": "2", "about": "x"}, ME)
    with pytest.raises(Problem) as refused:
        records.update(Business, bee.id, {"phone": "3", "name": "Wasp"}, ME, if_match=1)
    problem = refused.value
    assert (problem.status, problem.code, set(problem.fields)) == (412, "precondition-failed", {"phone"})
    assert (problem.extra["current"]["phone"], problem.extra["current"]["version"]) == ("2", 2)
    with pytest.raises(Problem, match="changed meanwhile"):
        records.delete(Business, bee.id, ME, if_match=1)
    assert records.update(Business, bee.id, {"phone": "3"}, ME, if_match=[1, 2]).version == 3
    assert len(told()) == 4


def test_a_sign_in_holds_up_no_writer_but_an_edit_and_a_new_password_do(app: Flask, database: str) -> None:
    signed_in = "UPDATE users SET last_login_at = '2026-01-31 12:00:00', password_hash = 'stronger'"
    ann = user()
    outsider.write(database, signed_in)
    with pytest.raises(Problem, match="at version 2"):
        records.delete(User, ann.id, ME, if_match=1)
    assert records.update(User, ann.id, {"name": "Ann"}, ME, if_match=1).version == 3
    with pytest.raises(Problem) as refused:
        records.update(User, ann.id, {"name": "Anna"}, ME, if_match=2)
    assert (refused.value.status, set(refused.value.fields)) == (412, {"name"})
    outsider.write(database, "UPDATE users SET password_hash = 'another'", signed_in.replace("01-31", "02-01"))
    with pytest.raises(Problem, match="at version 5"):
        records.update(User, ann.id, {"name": "Anna"}, ME, if_match=3)


def test_unknown_references_are_named_and_an_admin_cannot_be_taken_away(app: Flask) -> None:
    bee = business(user())
    with pytest.raises(Invalid) as unknown:
        records.update(Business, bee.id, {"admin_id": "nobody", "category_id": "nothing"}, ME)
    assert set(unknown.value.fields) == {"adminId", "categoryId"}
    for write in (
        lambda: records.update(Business, bee.id, {"admin_id": None}, ME),
        lambda: records.create(Professional, {"name": "Pro"}, ME),
    ):
        with pytest.raises(Invalid) as without:
            write()
        assert (without.value.status, without.value.code, set(without.value.fields)) == (
            422,
            "admin-required",
            {"adminId"},
        )
    top = records.create(Category, {"name": "Top"}, ME)
    with pytest.raises(Invalid, match="not valid"):
        records.update(Category, top.id, {"parent_id": top.id}, ME)


def test_values_that_must_be_unique_clash_by_name(app: Flask) -> None:
    ann, bob = user(), user("bob@example.org")
    bee, wasp = business(ann), business(bob, "Wasp")
    clashes = {
        "email": lambda: user("ann@example.org"),
        "slug": lambda: records.update(Business, wasp.id, {"slug": bee.slug}, ME),
        "adminId": lambda: records.update(Business, wasp.id, {"admin_id": ann.id}, ME),
    }
    for field, write in clashes.items():
        with pytest.raises(Conflict) as clash:
            write()
        assert (clash.value.status, clash.value.code, set(clash.value.fields)) == (409, "taken", {field})
    assert len(told()) == 4


def test_an_e_mail_is_one_accounts_in_whatever_letters_it_is_written(app: Flask) -> None:
    """Sign-in looks past the case: of two who have it, neither would get in."""
    ann, bob = user(email="ann@example.org"), user(email="bob@example.org")
    for write in (
        lambda: records.create(User, {"email": "ANN@example.org"}, ME),
        lambda: records.update(User, bob.id, {"email": "Ann@Example.org"}, ME),
    ):
        with pytest.raises(Conflict) as refused:
            write()
        assert (refused.value.code, set(refused.value.fields)) == ("taken", {"email"})
        assert f"users/{ann.id}" in refused.value.detail
    assert records.read(User, bob.id).email == "bob@example.org"
    assert records.update(User, ann.id, {"email": "ANN@example.org"}, ME).version == 2
    assert len(told()) == 3


def test_who_shares_an_e_mail_already_may_still_be_changed(app: Flask, database: str) -> None:
    ann = user(email="ann@example.org")
    outsider.write(database, "INSERT INTO users (id, email) VALUES ('twin', 'ANN@example.org')")
    assert records.update(User, ann.id, {"email": "ann@example.org", "name": "Ann"}, ME).version == 2
    assert records.update(User, "twin", {"email": "twin@example.org"}, ME).email == "twin@example.org"


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_of_many_who_want_one_e_mail_at_once_one_gets_it(database: str, redis_url: str, tmp_path: Path) -> None:
    written = ("ann@example.org", "ANN@example.org", "Ann@example.org", "ann@EXAMPLE.org")
    outcomes = together(database, redis_url, tmp_path, user, [(email,) for email in written])
    assert sorted(outcomes) == ["done", "taken", "taken", "taken"]


def test_an_empty_slug_is_made_from_the_name_in_any_script_and_null_clears_it(app: Flask) -> None:
    made = [
        records.create(Category, {"name": name, "slug": ""}, ME).slug
        for name in ("Café", "Café", "北京 烤鸭", "Москва")
    ]
    assert made == ["cafe", "cafe-2", "bei-jing-kao-ya", "moskva"]
    silent = records.create(Category, {"name": "🐝🐝"}, ME)
    assert silent.slug.startswith("category-")
    assert records.update(Category, silent.id, {"slug": None}, ME).slug is None
    assert records.update(Category, silent.id, {"slug": "", "name": "Bee"}, ME).slug == "bee"


def test_clearing_a_reference_clears_its_memory_so_that_an_inquiry_can_be_readdressed(app: Flask) -> None:
    ann = user()
    bee = business(ann)
    pro = records.create(Professional, {"name": "Pro", "admin_id": ann.id}, ME)
    asked = inquiry(business_id=bee.id)
    moved = records.update(Inquiry, asked.id, {"business_id": None, "professional_id": pro.id}, ME)
    assert (moved.business_id, moved.business_ref, moved.professional_ref) == (None, None, pro.id)
    with pytest.raises(Invalid) as both:
        records.update(Inquiry, asked.id, {"business_id": bee.id}, ME)
    assert set(both.value.fields) == {"businessId", "professionalId"}
    with pytest.raises(Invalid):
        inquiry()


def test_what_is_not_there_is_not_found(app: Flask) -> None:
    for act in (
        lambda: records.read(User, "nobody"),
        lambda: records.update(User, "nobody", {"name": "x"}, ME),
        lambda: records.delete(User, "nobody", ME),
    ):
        with pytest.raises(NotFound, match="nobody"):
            act()
    assert told() == []


def test_an_outsiders_write_counts_as_a_version(app: Flask, database: str) -> None:
    bee = business(user())
    outsider.write(database, f"UPDATE businesses SET phone = '9' WHERE id = '{bee.id}'")
    with pytest.raises(Problem) as refused:
        records.update(Business, bee.id, {"phone": "3"}, ME, if_match=1)
    assert refused.value.fields == {"phone": "was changed meanwhile"}
    assert records.read(Business, bee.id).version == 2


def rename(record_id: str, name: str) -> None:
    crud.update(Business, record_id, {"name": name}, ME, if_match=1)


def create_named(name: str) -> None:
    crud.create(Category, {"name": name}, ME)


def test_of_writers_at_once_against_one_version_exactly_one_wins(
    app: Flask, database: str, redis_url: str, tmp_path: Path
) -> None:
    bee = business(user())
    outcomes = together(database, redis_url, tmp_path, rename, [(bee.id, f"Name {number}") for number in range(4)])
    assert sorted(outcomes) == ["done"] + ["precondition-failed"] * 3
    assert records.read(Business, bee.id).version == 2


def test_records_of_one_name_created_at_once_all_get_a_slug_of_their_own(
    app: Flask, database: str, redis_url: str, tmp_path: Path
) -> None:
    assert together(database, redis_url, tmp_path, create_named, [("Same",)] * 4) == ["done"] * 4
    from digisence.extensions import db

    slugs = set(db.session.scalars(db.select(Category.slug)))
    assert slugs == {"same", "same-2", "same-3", "same-4"}
