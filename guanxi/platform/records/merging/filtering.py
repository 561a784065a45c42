"""Conditions that name a record which was merged: they name the one that it is part of now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.batches.steps import Step, moved
from guanxi.platform.records.filters import (
    All,
    Any,
    Condition,
    Filter,
    FilterSyntaxError,
    Not,
    parse_filter,
    print_filter,
)
from guanxi.platform.tenancy.models import WorkspaceModel

_filtered: list[type[WorkspaceModel]] = []


def filters_follow_merges(model: type[WorkspaceModel]) -> type[WorkspaceModel]:
    """Register a table whose rows keep a condition on an `object` as text in `filter`."""
    if model not in _filtered:
        _filtered.append(model)
    return model


def rewrite_filters(merged: Object, losers: Collection[int], winner: int) -> list[Step]:
    """Let every kept condition name the winner; returns the steps that take it back."""
    steps: list[Step] = []
    names = {str(one) for one in losers}
    for model in _filtered:
        for row in model.objects.exclude(filter=""):
            text = row.filter
            if not any(name in text for name in names) or not registry.has(row.object):
                continue
            after = rewritten(text, registry.get(row.object), merged, names, str(winner))
            if after != text:
                steps.append(moved(row, "filter", text, after))
                model.objects.filter(pk=row.pk).update(filter=after)
    return steps


def rewritten(text: str, obj: Object, merged: Object, losers: Collection[str], winner: str) -> str:
    """The condition on `obj` with the winner in place of each loser; what is no condition stays as it is."""
    try:
        tree = parse_filter(text)
    except FilterSyntaxError:
        return text
    after = _rewrite(tree, obj, merged, losers, winner)
    return text if after == tree else print_filter(after)


def _rewrite(tree: Filter, obj: Object, merged: Object, losers: Collection[str], winner: str) -> Filter:
    if isinstance(tree, Not):
        return Not(_rewrite(tree.part, obj, merged, losers, winner))
    if isinstance(tree, All):
        return All(tuple(_rewrite(one, obj, merged, losers, winner) for one in tree.parts))
    if isinstance(tree, Any):
        return Any(tuple(_rewrite(one, obj, merged, losers, winner) for one in tree.parts))
    if not _names(tree, obj, merged):
        return tree
    if isinstance(tree.value, list):
        value = [winner if str(one) in losers else one for one in tree.value]
        return replace(tree, value=list(dict.fromkeys(value)))
    return replace(tree, value=winner) if str(tree.value) in losers else tree


def _names(one: Condition, obj: Object, merged: Object) -> bool:
    """Whether the condition compares a link to the merged object."""
    name, _dot, rest = one.field.partition(".")
    field = obj.fields_by_name.get(name)
    to = str(getattr(field, "to", ""))
    if rest:
        return (
            isinstance(field, Link)
            and registry.has(to)
            and _names(replace(one, field=rest), registry.get(to), merged)
        )
    return to == merged.name
