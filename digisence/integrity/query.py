"""What a rule reads with: the resources' tables and a few words of SQL, nothing that writes."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Exists, FromClause, Select, func, literal_column, select

from ..models import RECORDS, Record
from ..models.wire import public


class Columns:
    """A resource's table as a rule sees it: each public column by its attribute, no secret, no verb that writes."""

    def __init__(self, model: type[Record], name: str) -> None:
        self._names = tuple(field.attribute for field in public(model))
        self._source: FromClause = model.__table__.alias(name)
        self._resource = model.__resource__

    def __getattr__(self, name: str) -> ColumnElement[Any]:
        """The column. AttributeError lists what there is."""
        if name.startswith("_") or name not in self._names:
            raise AttributeError(f"{self._resource} have no column {name!r}; there are {', '.join(self._names)}")
        return self._source.c[name]


class Query:
    """`q` of a rule. `q.users`, `q.businesses`, … are the resources (`-` is written `_`); `q.settings` the rule's
    settings; `q.now` the time of the run, aware UTC; `q.func` SQL's functions.

    Conditions are SQLAlchemy's: `==`, `&`, `|`, `~`, `.is_(None)`, `.in_(…)`.
    """

    func = func

    def __init__(self, now: datetime, settings: BaseModel | None = None) -> None:
        self.now, self.settings = now, settings
        self._resources = {resource.replace("-", "_"): model for resource, model in RECORDS.items()}
        self._opened: dict[str, Columns] = {}

    def __getattr__(self, name: str) -> Columns:
        """A resource's table. AttributeError lists the resources."""
        if name.startswith("_") or name not in self._resources:
            raise AttributeError(f"there is no resource {name!r}; there are {', '.join(RECORDS)}")
        return self._opened.setdefault(name, Columns(self._resources[name], name))

    def alias(self, resource: str, name: str) -> Columns:
        """The same table a second time, to compare its rows with one another: `other = q.alias("users", "other")`."""
        return Columns(self._resources[resource.replace("-", "_")], name)

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """SELECT these columns; go on with `.where(…)`, `.join(…)`, `.group_by(…)`."""
        return select(*columns)

    def exists(self, *conditions: ColumnElement[bool]) -> Exists:
        """EXISTS a row for which all conditions hold. Tables of the surrounding SELECT are taken from there."""
        return select(literal_column("1")).where(*conditions).exists()

    def ago(self, **period: float) -> datetime:
        """A time before the run: `q.ago(days=30)`."""
        return self.now - timedelta(**period)
