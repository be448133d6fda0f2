"""Which records no sweep may set aside, as somebody else would ask for them."""

from sqlalchemy import Connection

SOUND = """
SELECT id FROM {table} r WHERE r.id IN ({ids}) AND NOT (r.created_at < {since} AND r.updated_at < {since} AND {broken})
"""
BROKEN = {
    "users": "r.role <> 'SUPER_ADMIN' AND r.id NOT IN (SELECT coalesce(admin_id, '') FROM businesses)"
    " AND r.id NOT IN (SELECT coalesce(admin_id, '') FROM professionals)",
    "businesses": "coalesce(r.admin_id, '') NOT IN (SELECT id FROM users)",
}
SINCE = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 day')",
    "postgresql": "now() - interval '1 day'",
}


def sound(connection: Connection, table: str, listed: str) -> list[str]:
    """The ids among `listed` (SQL literals) whose records are in order, or not yet old enough to be judged."""
    query = SOUND.format(table=table, ids=listed, broken=BROKEN[table], since=SINCE[connection.dialect.name])
    return list(connection.exec_driver_sql(query).scalars())
