"""Undo data for rows that have no facts: attachments that were moved, addresses that lead on.

A step says what was done to one row of one table, so that it can be taken back exactly:

    moved(row, "record_id", old, new)   a column had another value
    made(row)                           the row was not there
    dropped(row)                        the row was there, with these values

Taking back checks that the row is still as the step left it; what people did since stays and is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.apps import apps
from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel

Step = list[Any]


def moved(row: models.Model, column: str, old: Any, new: Any) -> Step:
    """A column of a row was given another value; values as JSON knows them."""
    return ["moved", _table(row), row.pk, column, old, new]


def made(row: models.Model) -> Step:
    """A row was made."""
    return ["made", _table(row), row.pk]


def dropped(row: models.Model) -> Step:
    """A row was deleted: say it before it is."""
    values = {one.attname: one.value_from_object(row) for one in row._meta.concrete_fields}
    return ["dropped", _table(row), row.pk, msgspec.json.decode(msgspec.json.encode(values))]


def take_back(steps: Sequence[Step]) -> tuple[int, int]:
    """Undo steps, the last one first: how many were taken back, and how many rows have changed since.

    A row that is gone by now has nothing to be taken back: rows that follow from others are made anew.
    """
    done = kept = 0
    for step in reversed(steps):
        model = _model(step[1])
        rows = model.objects.filter(pk=step[2])
        if step[0] == "moved":
            _word, _name, _pk, column, old, new = step
            touched = rows.filter(**{column: new}).update(**{column: old})
            stays = not touched and rows.exists()
        elif step[0] == "made":
            touched, stays = rows.delete()[0], False
        else:
            touched = _put_back(model, step)
            stays = not touched
        done, kept = done + bool(touched), kept + stays
    return done, kept


def records_of(steps: Iterable[Step]) -> set[tuple[str, int]]:
    """Tables and keys of the rows that steps name."""
    return {(step[1], step[2]) for step in steps}


def _put_back(model: Any, step: Step) -> bool:
    if model.objects.filter(pk=step[2]).exists():
        return False
    values = {one.attname: one for one in model._meta.concrete_fields}
    row = model(**{name: values[name].to_python(value) for name, value in step[3].items() if name in values})
    row.save(force_insert=True)
    # Saving gives such columns this moment, whatever they had.
    dated = [one for one in values.values() if _is_dated(one)]
    if dated:
        kept = {one.attname: one.to_python(step[3][one.attname]) for one in dated}
        model.objects.filter(pk=row.pk).update(**kept)
    return True


def _is_dated(column: models.Field[Any, Any]) -> bool:
    return bool(getattr(column, "auto_now_add", False) or getattr(column, "auto_now", False))


def _table(row: models.Model) -> str:
    return row._meta.db_table


def _model(table: str) -> Any:
    """The model of a table of the workspace; raises LookupError for one that is not there any more."""
    for one in apps.get_models():
        if one._meta.db_table == table and issubclass(one, WorkspaceModel):
            return one
    raise LookupError(table)
