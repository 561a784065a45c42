"""PostgreSQL that is told, inside each transaction, which workspace is being worked in."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.backends.postgresql import base

from guanxi.platform.tenancy.context import EVERYWHERE, current_workspace_id
from guanxi.platform.tenancy.transactions import OutsideTransaction, is_outside

_NOTHING = object()
_WORD = re.compile(r"\w+")
_ON_ROWS = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: Any = _NOTHING
        self.execute_wrappers.append(self._tell_workspace)

    def _tell_workspace(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Before a statement: say the workspace, if this transaction has not heard it yet.

        Outside a transaction nothing is said and row-level security shows nothing: a setting of the
        session would be seen by the next client of a transaction pooler. Who asks for rows there has
        forgotten `reading()`, and hears of it instead of working with nothing.
        """
        if _is_savepoint_control(sql):
            # Rolling back to a savepoint has to work in a transaction that failed, where nothing else does,
            # and brings back what was said before the savepoint.
            self._told = _NOTHING
            return execute(sql, params, many, context)
        chosen = current_workspace_id()
        if chosen is not None and self._is_outside() and (tables := _locked_tables_in(sql)):
            raise OutsideTransaction(
                f"{', '.join(sorted(tables))}: read inside reading(), write inside atomic()"
            )
        if self.in_atomic_block and self._told != chosen:
            value = "" if chosen is None else "*" if chosen == EVERYWHERE else str(chosen)
            # A cursor of its own: on a server-side one the SELECT would only be declared, never run.
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute("SELECT set_config('guanxi.workspace', %s, true)", [value])
            self._told = chosen
        return execute(sql, params, many, context)

    def _is_outside(self) -> bool:
        return not self.in_atomic_block or is_outside(len(self.savepoint_ids))

    def _configure_connection(self, connection: Any) -> bool:
        """Requests are many and short: helpers and compiled plans take longer to start than the work takes.

        Settings of the session: nobody is harmed if a pooler hands them on.
        """
        super()._configure_connection(connection)  # type: ignore[misc]
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            cursor.execute("SET jit = off")
        return True  # to be committed

    # The setting ends with the transaction.

    def set_autocommit(self, *args: Any, **kwargs: Any) -> None:
        self._told = _NOTHING
        super().set_autocommit(*args, **kwargs)

    def close(self) -> None:
        self._told = _NOTHING
        super().close()


def _is_savepoint_control(sql: Any) -> bool:
    return isinstance(sql, str) and sql.lstrip()[:8].upper() in {"SAVEPOIN", "ROLLBACK", "RELEASE "}


def _locked_tables_in(sql: Any) -> frozenset[str]:
    """The tables of workspaces whose rows a statement reads or writes."""
    if not isinstance(sql, str):
        return frozenset()
    words = _WORD.findall(sql)
    return _locked_tables() & frozenset(words) if words and words[0].upper() in _ON_ROWS else frozenset()


@cache
def _locked_tables() -> frozenset[str]:
    from guanxi.platform.tenancy.row_security import workspace_tables  # models, which need the backend first

    return frozenset(workspace_tables())
