"""How a project says that its state is repoint's: the scheduler configuration, and the URLs of connections."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from pydantic import Field
from sqlmesh.core.config import ConnectionConfig
from sqlmesh.core.config.scheduler import SCHEDULER_CONFIG_TO_TYPE, BuiltInSchedulerConfig
from sqlmesh.core.plan import PlanEvaluator
from sqlmesh.core.state_sync.base import StateSync
from sqlmesh.utils.errors import ConfigError
from sqlmesh.utils.hashing import md5


def url_of(connection: str | ConnectionConfig) -> str:
    """The URL of the database that SQLMesh's configuration of a connection names; a URL stays as it is.

    Raises:
        ConfigError: repoint keeps no state on this kind of database.
    """
    if isinstance(connection, str):
        return connection
    if not isinstance(connection, ConnectionConfig):
        raise TypeError(f"a URL or a connection's configuration is needed, not {type(connection).__name__}")
    of_kind = {"postgres": _postgres_url, "mysql": _mysql_url, "duckdb": _duckdb_url}.get(connection.type_)
    if of_kind is None:
        raise ConfigError(f"repoint keeps no state on {connection.type_}; name a state_connection that it can use.")
    return of_kind(connection)


def _server_url(scheme: str, connection: Any, parameters: dict[str, Any]) -> str:
    login = quote(str(connection.user), safe="")
    if connection.password:
        login += ":" + quote(str(connection.password), safe="")
    host = str(connection.host)
    is_folder = host.startswith("/")  # of a socket
    if is_folder:
        parameters = {"host" if scheme == "postgresql" else "socket": host, **parameters}
    elif ":" in host:
        host = f"[{host}]"
    port = f":{connection.port}" if connection.port else ""
    given = {key: value for key, value in parameters.items() if value is not None}
    query = urlencode(given, quote_via=quote)
    return f"{scheme}://{login}@{'' if is_folder else host}{port}/{quote(connection.database or '', safe='')}" + (
        f"?{query}" if query else ""
    )


def _postgres_url(connection: Any) -> str:
    return _server_url(
        "postgresql",
        connection,
        {
            "sslmode": connection.sslmode,
            "connect_timeout": connection.connect_timeout,
            "keepalives_idle": connection.keepalives_idle,
            "application_name": connection.application_name,
            "options": f"-c role={connection.role}" if connection.role else None,
        },
    )


def _mysql_url(connection: Any) -> str:
    return _server_url("mysql", connection, {})


def _duckdb_url(connection: Any) -> str:
    if not connection.database or connection.database == ":memory:":
        raise ConfigError("repoint needs a file for state on DuckDB, not a database in memory.")
    return f"duckdb:{connection.database}"


class RepointSchedulerConfig(BuiltInSchedulerConfig):
    """SQLMesh's own scheduler, with the state kept by repoint.

    Args:
        url: The state store; None: the gateway's `state_connection`, else its connection.
        schema: Where the state tables are; None: the gateway's `state_schema`.
        atomic_views: A plan changes the views of its environment in one transaction, together with the record,
            where the state is in the warehouse's own database and that is PostgreSQL or DuckDB.
        cutover_timeout: How long that tries to get in between readers, in seconds.
    """

    type_: Any = Field(alias="type", default="repoint")
    # Pydantic reads these, and Python 3.9 has no other way to say it.
    url: Optional[str] = None  # noqa: UP045
    state_schema: Optional[str] = None  # noqa: UP045
    atomic_views: bool = False
    cutover_timeout: float = 30.0

    def create_state_sync(self, context: Any) -> StateSync:
        """The state sync of a context."""
        from repoint.sqlmesh import RepointStateSync

        return RepointStateSync(
            self._state(context),
            schema=self.state_schema or context.config.get_state_schema(context.gateway) or "sqlmesh",
            console=context.console,
            cache_dir=context.cache_dir,
        )

    def create_plan_evaluator(self, context: Any) -> PlanEvaluator:
        """What applies the plans of a context."""
        if not self.atomic_views:
            return super().create_plan_evaluator(context)
        from repoint._virtual_layer import AtomicPlanEvaluator

        return AtomicPlanEvaluator(
            state_sync=context.state_sync,
            snapshot_evaluator=context.snapshot_evaluator,
            create_scheduler=context.create_scheduler,
            default_catalog=context.default_catalog,
            console=context.console,
            why_not=self._why_not(context),
            timeout=self.cutover_timeout,
        )

    def _state(self, context: Any) -> Any:
        """A URL, or a connection to the DuckDB that SQLMesh has open."""
        shared = self.atomic_views and self.url is None and context.connection_config.type_ == "duckdb"
        if shared and self._is_warehouse(context):
            return context.engine_adapter.connection.cursor()
        return self._url(context)

    def _url(self, context: Any) -> str:
        return self.url if self.url is not None else url_of(self._state_connection(context))

    def _state_connection(self, context: Any) -> Any:
        return context.config.get_state_connection(context.gateway) or context.connection_config

    def _is_warehouse(self, context: Any) -> bool:
        """Is the state in the warehouse's own database?"""
        state, warehouse = self._state_connection(context), context.connection_config
        if self.url is None and state.type_ == warehouse.type_ == "duckdb":
            return bool(state.database == warehouse.database)
        try:
            return _place_of(self._url(context)) == _place_of(url_of(warehouse))
        except ConfigError:
            return False

    def _why_not(self, context: Any) -> str | None:
        if context.connection_config.type_ not in ("postgres", "duckdb"):
            return f"views do not change in one transaction on {context.connection_config.type_}"
        return None if self._is_warehouse(context) else "the state is in another database than the views"

    def state_sync_fingerprint(self, context: Any) -> str:
        """Which state it is, without passwords."""
        return super().state_sync_fingerprint(context) if self.url is None else md5([self.url.split("@")[-1]])


def _place_of(url: str) -> tuple[str, str, str, str]:
    """The database of a URL, whoever connects to it."""
    parts = urlsplit(url)
    words = dict(parse_qsl(parts.query))
    host = parts.hostname or words.get("host") or "localhost"
    return (
        parts.scheme.replace("postgres:", "postgresql:"),
        host,
        str(parts.port or words.get("port", 5432)),
        parts.path,
    )


SCHEDULER_CONFIG_TO_TYPE.setdefault("repoint", RepointSchedulerConfig)
