"""Records of any object become one, and several again: made from the registry, an own object too."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.records.merging.actions import merge_records
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PASSING = {"version", "updated_at", "updated_by_id", "moved_at"}


def made(obj: Object, cast: Cast, at: int) -> Any:
    said: dict[str, Any] = {"date": f"2026-0{1 + at}-01", "money": "10", "integer": at + 1, "decimal": "1"}
    values: dict[str, Any] = {}
    for one in obj.fields:
        wanted = one.required or one.name in ("company", "month")
        if not wanted or one.readonly or one.name == obj.title or one.default is not None:
            continue
        if one.type == "link":
            to = registry.get(getattr(one, "to", ""))
            found = to.rows().values_list("pk", flat=True).first()
            values[one.name] = found or made(to, cast, at).pk
        elif isinstance(one, Choice):
            values[one.name] = one.options[0].value
        else:
            values[one.name] = said.get(one.type, f"x{at}")
    if obj.owned:
        values["owner"] = (cast.rep, cast.below, cast.stranger)[at].pk
    values = {obj.title: f"{obj.name} {at}", **values}
    return create_record(object=obj.name, values=values, by=actor(cast.admin))


def test_any_three_become_one_and_three_again(cast: Cast) -> None:
    by, tried = actor(cast.admin), []
    with in_workspace(cast.xishan.pk):
        machine = add_object(label="Machine", plural_label="Machines", by=by)
        link = {"to": "company"}
        add_field(object=machine.name, type="link", label="Firm", name="firm", settings=link, by=by)
        # What the product makes from other records nobody makes by hand, and so nobody has it twice.
        by_hand = [one for one in registry.objects() if one.group and not one.derived]
        for obj in [one for one in by_hand if not one.private_until]:
            three = [made(obj, cast, at) for at in range(3)]
            before = list(obj.rows().order_by("pk").values())
            ids = [one.pk for one in three]
            merged = merge_records(obj, ids[0], ids[1:], by=by)
            assert obj.rows().filter(pk__in=ids, archived_at=None).count() == 1, obj.name
            assert undo_batch(merged.merge_id, by=by).refused == 0, obj.name
            for old, new in zip(before, obj.rows().order_by("pk").values(), strict=True):
                assert {k for k in old if old[k] != new[k]} <= PASSING, obj.name
            tried.append(obj.name)
    assert {"company", "contact", "deal", "order", "product", machine.name} <= set(tried)
