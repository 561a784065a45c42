"""The same questions, answered by a cluster that reads the same files: whatever speaks Spark Connect.

The SQL of the warehouse is DuckDB's; sqlglot writes it in Spark's words, and the files that it names become
tables of the session. Writing stays with the workers of the product. The cluster must see the files under the
same path (a shared folder), and whoever can reach its port can read them: it belongs behind the firewall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from typing import Any

import sqlglot
from sqlglot import exp

from guanxi.analytics.warehouse.engine import literal, name_of


class Found:
    """What a statement gave back, as DuckDB's cursor hands it out."""

    def __init__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None


class Cluster:
    """One session of a cluster: its views are its own. `address` is `sc://host:port`."""

    here = False

    def __init__(self, address: str) -> None:
        from pyspark.sql import SparkSession

        self._session: Any = SparkSession.builder.remote(address).create()
        self._files: dict[tuple[str, ...], str] = {}
        self._laid: dict[str, list[str]] = {}

    def close(self) -> None:
        """Let the session go."""
        with suppress(Exception):  # a cluster that has gone has no session to end
            self._session.stop()

    def execute(self, sql: str) -> Found:
        """One statement of DuckDB's SQL without parameters. Raises what the cluster raises."""
        tree = sqlglot.parse_one(sql, dialect="duckdb").transform(self._in_its_words)
        rows = self._session.sql(tree.sql(dialect="spark")).collect()
        return Found([tuple(one) for one in rows])

    def lay_down(self, name: str, kinds: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """A table of the session, in place of one of that name."""
        self._laid[name] = [_values(kinds, list(rows))]
        self._view(name)

    def lay_beside(self, name: str, kinds: Mapping[str, str], source: str) -> None:
        """More rows for a table of the session, as SQL."""
        known, more = self._laid.setdefault(name, []), _typed(kinds, f"({source})")
        if more not in known:
            known.append(more)
        self._view(name)

    def _view(self, name: str) -> None:
        self.execute(f"CREATE OR REPLACE TEMP VIEW {name_of(name)} AS {' UNION ALL '.join(self._laid[name])}")

    def _in_its_words(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.ReadParquet):
            paths = tuple(one.name for one in node.this.find_all(exp.Literal) if one.is_string)
            return exp.table_(self._table_of(paths), alias=node.alias or None)
        if isinstance(node, exp.Extract) and node.name.upper() == "ISODOW":
            day = node.expression
            told: exp.Expr = _ISO_WEEKDAY.transform(lambda one: day if one.name == "day" else one)
            return told
        return node

    def _table_of(self, paths: tuple[str, ...]) -> str:
        """The name under which the session knows some files; a column that one lacks is empty there."""
        known = self._files.get(paths)
        if known is None:
            read = [self._session.read.parquet(path) for path in paths]
            whole = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), read)
            known = self._files[paths] = f"files_{len(self._files)}"
            whole.createOrReplaceTempView(known)
        return known


_ISO_WEEKDAY = sqlglot.parse_one("(DAYOFWEEK(day) + 5) % 7 + 1", dialect="spark")


def _values(kinds: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> str:
    """A few rows as SQL."""
    said = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
    nothing = f"(SELECT {', '.join(['NULL'] * len(kinds))} WHERE false)"
    return _typed(kinds, f"(VALUES {said})" if rows else nothing)


def _typed(kinds: Mapping[str, str], source: str) -> str:
    listed = ", ".join(
        f"CAST(c{at} AS {kind}) AS {name_of(name)}" for at, (name, kind) in enumerate(kinds.items())
    )
    return f"SELECT {listed} FROM {source} AS given({', '.join(f'c{at}' for at in range(len(kinds)))})"
