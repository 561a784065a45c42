"""Making a person unreadable in every table of a workspace, found by the shape of the tables.

A text or a JSON document keeps everything else and has a sign where the person was. Rows of bytes (answers
that the API keeps for a while) are deleted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.names import sort_key
from guanxi.platform.metadata import registry
from guanxi.platform.records.duplicates.keeping import forget_keys, keep_keys
from guanxi.platform.records.models import Record, SearchEntry
from guanxi.platform.records.privacy.marks import pattern_of, without
from guanxi.platform.records.privacy.models import Erasure
from guanxi.platform.records.search import index_records
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id

AT_ONCE = 500
Near = dict[str, set[int]]


def scrub_everywhere(texts: Sequence[str]) -> dict[str, int]:
    """Table → how many rows mentioned one of the texts, and don't any more. Safe to run again."""
    pattern = pattern_of(texts)
    if pattern is None:
        return {}
    counts = {}
    for model in tables():
        if count := _scrub(model, texts, pattern, None):
            counts[model._meta.db_table] = count
    return counts


def scrub_near(texts: Sequence[str], near: Near) -> dict[str, int]:
    """The same for texts that may be others', too: only in these records and what hangs on them."""
    pattern = pattern_of(texts)
    if pattern is None:
        return {}
    counts = {}
    for model in tables():
        if count := _scrub(model, texts, pattern, near):
            counts[model._meta.db_table] = count
    return counts


def tables() -> Iterator[type[models.Model]]:
    """Every table whose rows belong to a workspace."""
    for model in apps.get_models():
        names = {one.name for one in model._meta.concrete_fields}
        if "workspace" in names and model not in (Erasure, SearchEntry) and not model._meta.proxy:
            yield model


def _scrub(
    model: type[models.Model], texts: Sequence[str], pattern: re.Pattern[str], near: Near | None
) -> int:
    columns = [one for one in model._meta.concrete_fields if _may_mention(one)]
    if not columns or (near is not None and not _is_near(model)):
        return 0
    found = _candidates(model, columns, texts)
    done = 0
    for start in range(0, len(found), AT_ONCE):
        done += _scrub_some(model, columns, found[start : start + AT_ONCE], pattern, near)
    return done


@transaction.atomic
def _scrub_some(
    model: type[models.Model],
    columns: Sequence[Any],
    keys: Sequence[Any],
    pattern: re.Pattern[str],
    near: Near | None,
) -> int:
    rows = model._default_manager.filter(pk__in=keys)
    done, touched = 0, []
    for row in list(rows):
        if near is not None and not _belongs(row, near):
            continue
        changed: dict[str, Any] = {}
        for one in columns:
            value = getattr(row, one.attname)
            if isinstance(one, models.BinaryField):
                if value is not None and pattern.search(bytes(value).decode("utf-8", "replace")):
                    changed.clear()
                    rows.filter(pk=row.pk).delete()
                    done += 1
                    break
                continue
            cleaned = without(value, pattern)
            if cleaned != value:
                changed[one.attname] = cleaned
        if changed:
            done += 1
            if isinstance(row, Record) and row.title_attribute in changed:
                changed["sort_key"] = sort_key(str(changed[row.title_attribute]))[:200]
            rows.filter(pk=row.pk).update(**changed)
            touched.append(row.pk)
    if touched and issubclass(model, Record):
        _index_anew(model, touched)
    return done


def _candidates(model: type[models.Model], columns: Sequence[Any], texts: Sequence[str]) -> list[Any]:
    """Keys of rows that may mention one of the texts; read again more exactly."""
    quote = connection.ops.quote_name
    parts: list[str] = []
    params: list[Any] = [require_workspace_id()]
    postgresql = connection.vendor == "postgresql"
    for one in columns:
        name = quote(one.column)
        if isinstance(one, models.BinaryField):
            text = f"encode({name}, 'escape')" if postgresql else f"CAST({name} AS TEXT)"
        else:
            text = f"{name}::text" if postgresql else name
        for mark in texts:
            for said in {mark.lower(), json.dumps(mark.lower())[1:-1], json.dumps(mark)[1:-1].lower()}:
                parts.append(
                    f"position(%s in lower({text})) > 0" if postgresql else f"instr(lower({text}), %s) > 0"
                )
                params.append(said)
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    sql = f"SELECT {key} FROM {table} WHERE workspace_id = %s AND ({' OR '.join(parts)})"
    with transaction.atomic():
        return [row[0] for row in fetch(sql, params)]


def _may_mention(one: Any) -> bool:
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    return isinstance(one, kinds) and not one.primary_key


def _is_near(model: type[models.Model]) -> bool:
    names = {one.name for one in model._meta.concrete_fields}
    return issubclass(model, Record) or {"object", "record_id"} <= names


def _belongs(row: Any, near: Near) -> bool:
    if isinstance(row, Record):
        return row.pk in near.get(row.object_name, ())
    if row.record_id in near.get(row.object, ()):
        return True
    pairs = row.about if isinstance(row, Fact) else ()
    return any(int(key) in near.get(str(name), ()) for name, key in pairs)


def _index_anew(model: type[Record], keys: Sequence[int]) -> None:
    for obj in registry.objects():
        if obj.model_class is model:
            records = list(obj.rows().filter(pk__in=list(keys)))
            index_records(obj, records)
            forget_keys(obj, [one.pk for one in records])
            keep_keys(obj, records)
