"""A change that is taken back leaves what was there before, whatever type of field holds it.

What was there is written as an import of long ago might have kept it: not as it would be read if it were
typed today.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.kinds import KINDS
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.access import find_record
from guanxi.platform.records.models import Tag
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import (
    archive_record,
    change_record,
    create_record,
    create_records,
    restore_record,
    told,
)
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
SETTINGS: dict[str, Any] = {
    "choice": {"options": ["Gold", "Silver"]},
    "choices": {"options": ["a", "b"]},
    "link": {"to": "company"},
    "links": {"to": "company"},
}
# Kind → what is kept, and what is typed over it.
CHANGES: dict[str, tuple[Any, Any]] = {
    "text": ("  Ａ  b ", "c"),
    "long_text": ("one\r\ntwo \n", "three"),
    "rich_text": ("<p>one<br/>two</p><p></p>", "<p>three</p>"),
    "person": ({"given": " 明远"}, "欧阳明远"),
    "integer": (5, 6),
    "decimal": (Decimal("2.123456"), "3"),
    "percent": (133, 20),
    "money": (Amount(Decimal("100.12"), "CNY"), "7"),
    "date": (date(2026, 1, 2), "2027-01-02"),
    "datetime": (datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC), "2027-01-02 03:04"),
    "duration": (90, 30),
    "boolean": (False, True),
    "choice": ("bronze", "gold"),
    "choices": (["c", "a"], ["b"]),
    "url": ("example.com", "https://other.example"),
    "emails": ([{"kind": "old", "email": "a@b"}], "c@d.example"),
    "phones": ([{"kind": "mobile", "number": "13857104426", "typed": "138 5710 4426"}], "13800138000"),
    "address": ({"city": "杭州", "street": "文一西路 998 号"}, "上海市黄浦区人民大道 200 号"),
    "addresses": ([{"kind": "office", "city": "杭州"}], [{"kind": "office", "city": "苏州"}]),
    "rating": (3, 4),
    "json": ({"a": [1, None]}, '{"b": 2}'),
}


def test_there_is_a_change_for_every_kind_that_holds_what_is_typed():
    linked = {"member", "team", "link", "links", "tags"}
    unchanged = {"file", "image", "auto_number", "formula", "roll_up", "lookup"}
    assert set(CHANGES) | linked | unchanged == set(KINDS)


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("was_empty", [False, True])
def test_taken_back_it_is_as_it_was(cast: Cast, kind: str, was_empty: bool):
    by, (before, typed) = actor(cast.admin), CHANGES[kind]
    with in_workspace(cast.xishan.pk), transaction.atomic():
        add_field(object="company", type=kind, label="My value", settings=SETTINGS.get(kind, {}), by=by)
        row = {"name": "A"} if was_empty else {"name": "A", "my_value": before}
        [made] = create_records(object="company", rows=[row], by=by)
        there_and_back(made, {"my_value": typed}, cast)


def test_links_members_and_tags_go_back_too(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        for kind in ("member", "team", "link", "links", "tags"):
            add_field(object="company", type=kind, label=f"My {kind}", settings=SETTINGS.get(kind, {}), by=by)
        first, second = create_records(object="company", rows=[{"name": "A"}, {"name": "B"}], by=by)
        old, new = (Tag.objects.create(name=name) for name in ("old", "new"))
        rows = [
            {
                "my_member": member.pk,
                "my_team": team.pk,
                "my_link": to.pk,
                "my_links": [to.pk],
                "my_tags": [tag.pk],
            }
            for member, team, to, tag in (
                (cast.rep, cast.south, first, old),
                (cast.below, cast.north, second, new),
            )
        ]
        [made] = create_records(object="company", rows=[{"name": "C", **rows[0]}], by=by)
        there_and_back(made, rows[1], cast)


@pytest.mark.parametrize("object", ["company", "contact", "lead"])
def test_an_address_of_long_ago_comes_back(cast: Cast, object: str):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        old = [{"kind": "office", "city": "杭州"}]
        row = {"name": "A", "addresses": old}
        [made] = create_records(object=object, rows=[row], by=actor(cast.admin))
        there_and_back(made, {"addresses": [{"kind": "office", "city": "苏州"}]}, cast)


def test_what_is_there_already_is_told_as_nothing_to_undo(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        made = create_record(object="company", values={"name": "A"}, by=by)
        archived = archive_record(made, by=by)
        restore_record(archived, by=by)
        with pytest.raises(Refused):
            undo_fact(archived.last_fact_id, by=by)


def there_and_back(record: Any, typed: dict[str, Any], cast: Cast) -> None:
    """Change it, take that back, and hold the record against what it was."""
    obj, by = registry.get(record.object_name), actor(cast.admin)
    before = picture(obj, record.pk, by)
    changed = change_record(find_record(obj, record.pk, by=by), typed, by=by)
    assert picture(obj, record.pk, by) != before
    undone = undo_fact(changed.last_fact_id, by=by)
    assert undone.last_fact_id is not None
    assert picture(obj, record.pk, by) == before


def picture(obj: Any, record_id: int, by: Any) -> Any:
    record = find_record(obj, record_id, by=by)
    columns = {one.attname: getattr(record, one.attname) for one in record._meta.concrete_fields}
    # A box that was never ticked reads as one that is not.
    columns["custom"] = {name: value for name, value in record.custom.items() if value is not False}
    passing = {"version", "updated_at", "updated_by_id"}
    return told(obj, record), {name: value for name, value in columns.items() if name not in passing}
