"""What keeps `changes` and `seals` append-only, on either database: whoever updates, deletes or truncates is refused.

One door is open, to a transaction that says it compacts (`compaction.DOOR`): `before` and `after` of a change may give
way to their digests, once, and nothing else may move with them.
"""

from ...models import Change

KEPT = ("changes", "seals")
REPLACED = ("before", "after", "before_digest", "after_digest")
REST = [column.name for column in Change.__table__.columns if column.name not in REPLACED]
OPEN = "EXISTS (SELECT 1 FROM change_targets t WHERE t.resource = 'changes' AND t.action = 'compacted')"
LAWFUL = " AND ".join(
    [
        OPEN,
        "OLD.before_digest IS NULL AND OLD.after_digest IS NULL AND NEW.before IS NULL AND NEW.after IS NULL",
        *(
            f"(NEW.{name}_digest IS NOT NULL) = (OLD.{name} IS NOT NULL) AND coalesce(length(NEW.{name}_digest), 64) = 64"
            for name in ("before", "after")
        ),
    ]
)
SAID = "is refused: changes and seals are append-only"


def sqlite() -> dict[str, str]:
    """Trigger name → statement. An INSERT may be a REPLACE, by whichever key, which no delete trigger sees."""
    found = {}
    for table, clash in zip(KEPT, ("id = NEW.id", "seq = NEW.seq OR change_id = NEW.change_id"), strict=True):
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in REST)
        kinds = {
            "keep_insert": ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {clash})", "REPLACE"),
            "keep_update": ("UPDATE", f"WHEN NOT ({LAWFUL} AND {same})" if table == "changes" else "", "UPDATE"),
            "keep_delete": ("DELETE", "", "DELETE"),
        }
        for kind, (verb, condition, named) in kinds.items():
            name = f"digisence_{table}_{kind}"
            head = f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW {condition}"
            found[name] = f"{head}\nBEGIN\n  SELECT RAISE(ABORT, '{named} of {table} {SAID}');\nEND"
    return found


def _body(condition: str) -> str:
    return f"""RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  {condition}RAISE EXCEPTION '% of % {SAID}', TG_OP, TG_TABLE_NAME
    USING HINT = 'What is old is made small by `digisence audit compact`.';
END $body$"""


def postgresql_functions() -> dict[str, str]:
    """Function name → statement."""
    new, old = (", ".join(f"{row}.{name}" for name in REST) for row in ("NEW", "OLD"))
    lawful = f"IF {LAWFUL} AND ({new}) IS NOT DISTINCT FROM ({old}) THEN RETURN NEW; END IF;\n  "
    return {
        "digisence_keep": f"CREATE FUNCTION digisence_keep() {_body('')}",
        "digisence_compact": f"CREATE FUNCTION digisence_compact() {_body(lawful)}",
    }


def postgresql_triggers() -> dict[str, str]:
    """Trigger name → statement."""
    found = {}
    for table in KEPT:
        for kind, when, each in (
            ("keep_update", "UPDATE", "ROW"), ("keep_delete", "DELETE", "ROW"), ("keep_truncate", "TRUNCATE", "STATEMENT"),
        ):  # fmt: skip
            function = "digisence_compact" if (table, kind) == ("changes", "keep_update") else "digisence_keep"
            name = f"digisence_{table}_{kind}"
            found[name] = (
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
            )
    return found
