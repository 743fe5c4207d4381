"""The tables that repoint creates are those that SQLMesh creates: columns, types, keys and indexes."""

import sys
import tempfile
import unittest
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sqlmesh"))

from databases import find  # noqa: E402

COLUMNS = {
    "postgres": "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = '{schema}'",
    "mariadb": "SELECT table_name, column_name, column_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = '{schema}'",
    "duckdb": "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = '{schema}'",
}
INDEXES = {
    "postgres": "SELECT tablename, indexname, replace(indexdef, '{schema}', '') FROM pg_indexes"
    " WHERE schemaname = '{schema}'",
    "mariadb": "SELECT table_name, index_name, seq_in_index, column_name FROM information_schema.statistics"
    " WHERE table_schema = '{schema}'",
    "duckdb": "SELECT table_name, index_name, sql FROM duckdb_indexes() WHERE schema_name = '{schema}'",
}
COMPRESSION = (
    "SELECT a.attcompression FROM pg_attribute a WHERE a.attrelid = '{schema}._snapshots'::regclass"
    " AND a.attname = 'snapshot' AND EXISTS (SELECT 1 FROM pg_settings WHERE name = 'default_toast_compression'"
    " AND 'lz4' = ANY(enumvals))"
)


class SameTables(unittest.TestCase):
    def setUp(self):
        warnings.filterwarnings("ignore")
        folder = tempfile.TemporaryDirectory(prefix="repoint-schema-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def compare(self, name):
        database, reason = find(name)
        if database is None:
            self.skipTest(reason)
        ours, theirs = (database.side(self.folder / side, side) for side in ("ours", "theirs"))
        for side in (ours, theirs):
            self.addCleanup(side.drop)
        ours.repoint()
        with theirs.sqlmesh() as state_sync:
            state_sync.migrate()
        for query in (COLUMNS[name], INDEXES[name]):
            self.assertEqual(self.ask(ours, query), self.ask(theirs, query))
        return ours

    @staticmethod
    def ask(side, query):
        with side.sqlmesh() as state_sync:
            rows = state_sync.engine_adapter.fetchall(query.format(schema=side.schema))
        return sorted(map(tuple, rows), key=repr)

    def test_on_postgres(self):
        ours = self.compare("postgres")
        self.assertIn(self.ask(ours, COMPRESSION), ([("l",)], []))  # empty where the server has no lz4

    def test_on_mariadb(self):
        self.compare("mariadb")

    def test_on_duckdb(self):
        self.compare("duckdb")


if __name__ == "__main__":
    unittest.main()
