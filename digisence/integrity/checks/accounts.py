"""Accounts: e-mails that differ only by case, and sign-ins that are kept although they expired long ago."""

from typing import Any

from sqlalchemy import ColumnElement, Select

from ...models import Session
from ..query import Columns, Query
from ..rule import rule

FORGOTTEN_DAYS = 7  # the job that forgets expired sessions runs daily; so long after, it did not


@rule(
    "email_case", api=1, resource="users", severity="high",
    title="User whose e-mail differs from another's only by case",
)  # fmt: skip
def email_case(q: Query) -> Select[Any]:
    """Both of each such pair: neither can sign in, because sign-in goes by the e-mail in lower case.

    At least one of a pair has a capital letter, and few e-mails do; so only those are compared with all.
    """
    plain, mixed = q.alias("users", "plain"), q.alias("users", "mixed")
    capitals, small = _has_capitals(q, mixed), q.func.lower(mixed.email)
    twice = q.select(small).where(capitals).group_by(small).having(q.func.count() > 1)
    plain_ones, theirs = (q.select(one.id).where(capitals, plain.email == small) for one in (plain, mixed))
    among_them = q.select(mixed.id).where(capitals, small.in_(twice))
    return q.select(q.users.id).where(q.users.id.in_(plain_ones.union_all(theirs, among_them)))


def _has_capitals(q: Query, users: Columns) -> ColumnElement[bool]:
    return users.email != q.func.lower(users.email)


@email_case.explain
def why_ambiguous(record: Any) -> str:
    """In a sentence."""
    return f"{record.email} is the e-mail of another user too, in another case: neither of them can sign in"


@rule(
    "expired_sessions", api=1, resource="users", severity="low", warn_if=1,
    title="User whose expired sign-ins were not forgotten",
)  # fmt: skip
def expired_sessions(q: Query) -> Select[Any]:
    """Users with sessions that expired a week ago or longer: addresses and browsers that nobody needs any more."""
    sessions = Session.__table__.c
    expired = (sessions.user_id == q.users.id, sessions.expires_at < q.ago(days=FORGOTTEN_DAYS))
    return q.select(q.users.id).where(q.exists(*expired))


@expired_sessions.explain
def why_remembered(record: Any) -> str:
    """In a sentence."""
    return f"sign-ins of {record.email} expired more than {FORGOTTEN_DAYS} days ago and are still kept"
