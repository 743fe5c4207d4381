"""Models made up, each in several releases: their snapshots as SQLMesh stores them, their tables, their views.

A release is a text. It is all that is in the column `release` of its tables, and from it come the hashes of its
snapshots, so that each release of a model has a table of its own.
"""

import json
import zlib

DAY_1, DAYS = 1767225600000, 5  # 2026-01-01: each table is filled for five days
DAY_MS = 86400000
NOUNS = ("orders", "customers", "payments", "shipments", "sessions", "invoices", "campaigns", "tickets", "refunds")


def hash_of(*parts):
    return str(zlib.crc32(";".join(parts).encode()))


class Models:
    def __init__(self, count, schema="shop", physical_schema="sqlmesh__shop", catalog=None):
        self.names = [f"{NOUNS[i % len(NOUNS)]}_{i:03}" for i in range(count)]
        self.schema = schema
        self.physical_schema = physical_schema
        self.catalog = catalog

    def full_name(self, name):
        parts = [self.schema, name] if self.catalog is None else [self.catalog, self.schema, name]
        return ".".join(f'"{part}"' for part in parts)

    def fingerprint(self, name, release):
        return {
            "data_hash": hash_of(self.full_name(name), release),
            "metadata_hash": "7",
            "parent_data_hash": "0",
            "parent_metadata_hash": "0",
        }

    def identifier(self, name, release):
        return hash_of(*self.fingerprint(name, release).values())

    def version(self, name, release):
        return hash_of(self.fingerprint(name, release)["data_hash"], "0")

    def table(self, name, release):
        """Schema and name of the table that SQLMesh would have made."""
        return self.physical_schema, f"{self.schema}__{name}__{self.version(name, release)}"

    def snapshot(self, name, release):
        version = self.version(name, release)
        node = {
            "name": f"{self.schema}.{name}",
            "project": "",
            "start": "2026-01-01",
            "cron": "@daily",
            "tags": [],
            "dialect": "",
            "kind": {
                "name": "INCREMENTAL_BY_TIME_RANGE",
                "forward_only": False,
                "disable_restatement": False,
                "time_column": {"column": '"day"'},
            },
            "audits": [],
            "virtual_environment_mode": "full",
            "python_env": {},
            "query": {"sql": f"SELECT day, '{release}' AS release FROM raw.events"},
            "source_type": "sql",
        }
        if self.catalog is not None:
            node["default_catalog"] = self.catalog
        return {
            "name": self.full_name(name),
            "dev_version": version,
            "change_category": 1,
            "fingerprint": self.fingerprint(name, release),
            "previous_versions": [],
            "dev_table_suffix": "dev",
            "table_naming_convention": "schema_and_table",
            "forward_only": False,
            "physical_schema": self.physical_schema,
            "node": node,
            "parents": [],
            "intervals": [[DAY_1, DAY_1 + DAYS * DAY_MS]],
            "dev_intervals": [],
            "pending_restatement_intervals": [],
            "created_ts": DAY_1,
            "updated_ts": DAY_1,
            "ttl": "in 1 week",
            "version": version,
            "migrated": False,
            "unrestorable": False,
        }

    def state(self, releases):
        """A state file's contents: the snapshots of these releases, and no environment."""
        return {
            "metadata": {"timestamp": "2026-01-06 00:00:00+00:00", "file_version": 1, "importable": True},
            "versions": {"schema_version": 102, "sqlglot_version": "30.8.0", "sqlmesh_version": "0.236.4"},
            "snapshots": [self.snapshot(name, release) for release in releases for name in self.names],
            "environments": {},
        }

    def ids(self, release):
        return [{"name": self.full_name(n), "identifier": self.identifier(n, release)} for n in self.names]

    def write_state(self, path, releases):
        path.write_text(json.dumps(self.state(releases)), encoding="utf-8")

    def write_ids(self, path, release):
        path.write_text(json.dumps(self.ids(release)), encoding="utf-8")
