"""PostgreSQL for tests: databases that are used again. To make one and drop it takes longer than most tests."""

from psycopg import Connection, connect, sql

# Notes in the database that somebody touched its schema, be it for a moment; what is temporary ends with its session
WATCH = """
CREATE SCHEMA tests;
CREATE TABLE tests.touched (tag text);
CREATE FUNCTION tests.note_change() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO tests.touched SELECT command_tag FROM pg_event_trigger_ddl_commands()
    WHERE schema_name IS DISTINCT FROM 'pg_temp';
END $$;
CREATE FUNCTION tests.note_drop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO tests.touched SELECT object_type FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary;
END $$;
CREATE EVENT TRIGGER tests_note_change ON ddl_command_end EXECUTE FUNCTION tests.note_change();
CREATE EVENT TRIGGER tests_note_drop ON sql_drop EXECUTE FUNCTION tests.note_drop();
"""
# Its schema, the settings it got, and statistics that would let the planner decide by the tests of the past
TOUCHED = """
SELECT EXISTS (SELECT FROM tests.touched)
    OR EXISTS (SELECT FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
               WHERE datname = current_database())
    OR EXISTS (SELECT FROM pg_stats WHERE schemaname = 'public')
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
SEQUENCES = "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
OTHERS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
FULL_BYTES = (
    256 * 1024
)  # a table larger than this is cut to nothing: what its rows leave behind would slow down the next test


def named(url: str, name: str) -> str:
    """`url` with another database name."""
    address, _, query = url.partition("?")
    return f"{address.rsplit('/', 1)[0]}/{name}{'?' + query if query else ''}"


class Databases:
    """Databases like `template`, a migrated one on `server` (the URL of its maintenance database)."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._spare: list[str] = []
        self._made = 0
        with connect(named(server, template), autocommit=True) as connection:
            connection.execute(WATCH)
            connection.execute("TRUNCATE tests.touched")
            self._tables = [name for (name,) in connection.execute(TABLES)]
            self._content = {name: _read(connection, name) for name in _filled(connection, self._tables)}
            self._sequences = {name: last for name, _, last in connection.execute(SEQUENCES)}

    def take(self) -> str:
        """The URL of a database with nothing in it but what the template has."""
        if not self._spare:
            self._made += 1
            self._create(f"t{self._made}")
        return named(self._server, self._spare.pop())

    def give_back(self, url: str) -> None:
        """End whoever is connected; empty the database for the next test, or drop it when it is no longer the same."""
        name = url.partition("?")[0].rsplit("/", 1)[1]
        with connect(url, autocommit=True) as connection:
            connection.execute(OTHERS)
            same = connection.execute(TOUCHED).fetchone() == (False,)
            if same:
                self._empty(connection)
        if same:
            self._spare.append(name)
        else:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _create(self, name: str) -> None:
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY = file_copy", name, self._template)
        self._spare.append(name)

    def _run(self, statement: str, *names: str) -> None:
        with connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]

    def _empty(self, connection: Connection) -> None:
        connection.execute("SET session_replication_role = replica")  # past the triggers, which keep what was
        for name in _filled(connection, self._tables):
            content = self._content.get(name)
            if content is None or _read(connection, name) != content:
                _clear(connection, name)
                _write(connection, name, content or b"")
        for name in self._content.keys() - set(_filled(connection, self._tables)):
            _write(connection, name, self._content[name])
        for name, start, last in connection.execute(SEQUENCES).fetchall():
            if last != (before := self._sequences[name]):
                again = (name, start if before is None else before, before is not None)
                connection.execute("SELECT setval(quote_ident(%s)::regclass, %s, %s)", again)


def _filled(connection: Connection, tables: list[str]) -> list[str]:
    each = (sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name)) for name in tables)
    return [name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(each))]


def _read(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(map(bytes, copy))


def _write(connection: Connection, table: str, content: bytes) -> None:
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
        copy.write(content)


def _clear(connection: Connection, table: str) -> None:
    [size] = connection.execute("SELECT pg_relation_size(quote_ident(%s)::regclass)", (table,)).fetchone() or (0,)
    verb = "DELETE FROM {}" if size < FULL_BYTES else "TRUNCATE {} CASCADE"
    connection.execute(sql.SQL(verb).format(sql.Identifier(table)))  # type: ignore[arg-type]
