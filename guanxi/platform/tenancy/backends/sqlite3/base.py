"""SQLite, the embedded default. It has no row-level security: there the managers are the lock.

What it has is one write lock without a queue, and this backend makes waiting for it fair: a web request must
not starve behind workers that begin one transaction after the other (docs/decisions/0002-databases.md).
"""

from __future__ import annotations

import random
import sqlite3
import time
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

_YIELD = 0.01  # seconds


class Cursor(base.SQLiteCursorWrapper):
    """The engine asks the same few hundred statements: their text is turned into SQLite's form once."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        """`%s` becomes `?`; names are left to Django."""
        if param_names is None:
            return _in_qmarks(query)
        return str(super().convert_query(query, param_names=param_names))


def _moment(kept: bytes) -> datetime:
    # Reading the zone with the rest costs a fifth of adding it afterwards; a list of 50 reads 150 moments.
    return datetime.fromisoformat(kept.decode() + "+00:00")


# Moments are kept in UTC without saying so. Django's own converter reads them by a regular expression and
# leaves the zone to be added to each value again.
sqlite3.register_converter("datetime", _moment)


@lru_cache(maxsize=1024)
def _in_qmarks(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._locked_at = self._unlocked_at = 0.0

    def create_cursor(self, name: str | None = None) -> Cursor:
        """A cursor of ours on the driver's connection."""
        return self.connection.cursor(factory=Cursor)  # type: ignore[no-any-return]

    def _start_transaction_under_autocommit(self) -> None:
        """Take the write lock: asks often, and first lets others have it who waited while we held it.

        SQLite itself asks ever more seldom, down to every 0.1 s, and hardly hits the moment between two
        transactions of a busy worker.
        """
        patience = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        end = time.monotonic() + patience
        self._let_others_go_first()
        self._set_busy_timeout(0)
        try:
            while True:
                try:
                    super()._start_transaction_under_autocommit()  # type: ignore[misc]
                    break
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > end:
                        raise
                time.sleep(random.uniform(0.0005, 0.003))
        finally:
            self._set_busy_timeout(patience)
        self._locked_at = time.monotonic()

    def _let_others_go_first(self) -> None:
        held = self._unlocked_at - self._locked_at
        pause = self._unlocked_at + min(held / 4, _YIELD) - time.monotonic()
        if pause > 0:
            time.sleep(pause)

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._unlocked_at = time.monotonic()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._unlocked_at = time.monotonic()

    def _set_busy_timeout(self, seconds: float) -> None:
        # On the driver's connection: not a statement of ours, and not counted as one.
        self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
