"""Fields of a workspace's own through the engine: kept, filtered, sorted and paged like any other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from guanxi.platform.events.facts import facts_of
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.kinds import KINDS
from guanxi.platform.metadata.shaping import (
    add_field,
    archive_field,
    change_field,
    order_fields,
    restore_field,
)
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.models import Value
from guanxi.platform.records.own_values import index_fields_where_old
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace, nowhere
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
SETTINGS: dict[str, Any] = {
    "choice": {"options": ["Gold", "Silver"]},
    "choices": {"options": ["a", "b"]},
    "link": {"to": "company"},
}
STORED = [
    *("text", "long_text", "integer", "decimal", "percent", "money", "date", "datetime"),
    *("duration", "boolean", "choice", "choices", "tags", "url", "emails", "phones", "addresses"),
    *("member", "team", "link", "rich_text", "person", "address"),
]


@pytest.fixture
def pair(cast: Cast) -> tuple[Any, Any]:
    """A company with a value in every kind of field, and one that links to it."""
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for kind in STORED:
            add_field(object="company", type=kind, label=f"My {kind}", settings=SETTINGS.get(kind, {}), by=by)
        first = create_record(
            object="company",
            values={
                "name": "A",
                "my_text": "x",
                "my_long_text": "one\ntwo",
                "my_integer": 5,
                "my_decimal": "2.5",
                "my_percent": 20,
                "my_money": "100",
                "my_date": "2026-01-02",
                "my_datetime": "2026-01-02 03:04",
                "my_duration": 90,
                "my_boolean": True,
                "my_choice": "gold",
                "my_choices": ["a", "b"],
                "my_url": "example.com",
                "my_emails": "a@b.example",
                "my_phones": "13857104426",
                "my_member": cast.rep.pk,
                "my_rich_text": "<p>Say <strong>yes</strong></p>",
                "my_person": "欧阳明远",
                "my_address": "浙江杭州余杭区文一西路998号",
            },
            by=by,
        )
        second = create_record(
            object="company",
            values={"name": "B", "my_link": first.pk, "my_integer": 3, "my_team": cast.south.pk},
            by=by,
        )
    return first, second


def test_there_is_a_test_for_every_kind_that_is_typed():
    assert set(STORED) <= set(KINDS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my_integer = 5", "A"),
        ("my_integer < 5", "B"),
        ("my_text contains X", "A"),
        ("my_text is empty", "B"),
        ("my_decimal >= 2.5", "A"),
        ("my_money > 50", "A"),
        ("my_boolean = true", "A"),
        ("my_boolean = false", "B"),
        ("my_date = 2026-01-02", "A"),
        ("my_date < 2026-01-03", "A"),
        ("my_date = this_year or my_date = 2026-01-02", "A"),
        ("my_datetime >= 2026-01-01", "A"),
        ("my_datetime = 2026-01-02", "A"),
        ("my_choice = gold", "A"),
        ("my_choice is empty", "B"),
        ("my_choices = b", "A"),
        ("my_choices is empty", "B"),
        ("my_link.my_integer = 5", "B"),
        ("my_link is empty", "A"),
        ("my_phones = 13857104426", "A"),
        ("my_emails contains b.example", "A"),
        ("my_percent between (10, 30)", "A"),
        ("my_duration > 60", "A"),
        ("my_rich_text contains yes", "A"),
        ("my_rich_text is empty", "B"),
        ("my_person = 欧阳明远", "A"),
        ("my_person starts 欧阳", "A"),
        ("my_person != 欧阳明远", "B"),
        ("my_address contains 杭州市", "A"),
        ("my_address is empty", "B"),
    ],
)
def test_filters(cast: Cast, pair: tuple[Any, Any], text: str, found: str):
    with in_workspace(cast.xishan.pk):
        assert names_of(text, cast) == [found]


def test_filters_by_links_members_and_teams(cast: Cast, pair: tuple[Any, Any]):
    first, _second = pair
    with in_workspace(cast.xishan.pk):
        for text, found in (
            (f"my_link = {first.pk}", ["B"]),
            (f"my_link != {first.pk}", ["A"]),
            (f"my_member in ({cast.rep.pk})", ["A"]),
            (f"my_team below {cast.top.pk}", ["B"]),
        ):
            assert names_of(text, cast) == found, text


def test_every_sortable_field_sorts_and_pages_both_ways(cast: Cast, pair: tuple[Any, Any]):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        obj = registry.get("company")
        for field in (one for one in obj.fields if one.sortable):
            for sign in ("", "-"):
                sort = sign + field.name
                query: dict[str, Any] = {"obj": obj, "columns": ("name",), "sort": sort, "limit": 1}
                one = list_records(ListQuery(**query), by=by)
                two = list_records(ListQuery(**query, after=one.after), by=by)
                assert {one.rows[0].id, two.rows[0].id} == {record.pk for record in pair}, field.name
                assert two.after is None


def test_lists_and_instances_have_the_same_values(cast: Cast, pair: tuple[Any, Any]):
    with in_workspace(cast.xishan.pk):
        obj = registry.get("company")
        fields = [one for one in obj.fields if one.own]
        query = ListQuery(obj=obj, columns=tuple(one.name for one in fields), sort="name")
        rows = list_records(query, by=actor(cast.admin)).rows
        for row, record in zip(rows, pair, strict=True):
            record.refresh_from_db()
            assert row.values == {one.name: one.get(record) for one in fields}
        assert rows[0].values["my_money"] == Amount(Decimal(100), "CNY")
        assert rows[0].values["my_date"] == date(2026, 1, 2)
        assert rows[1].values["my_choices"] == []


def test_a_change_is_a_fact_and_can_be_emptied(cast: Cast, pair: tuple[Any, Any]):
    first, _second = pair
    with in_workspace(cast.xishan.pk):
        changed = change_record(first, {"my_integer": 7, "my_choice": None}, by=actor(cast.admin))
        assert "my_choice" not in changed.custom
        fact = facts_of("company", first.pk).last()
        assert fact is not None
        assert fact.changes == {"my_integer": [5, 7], "my_choice": ["gold", None]}


def test_a_field_has_a_default_and_can_be_required(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_field(object="deal", type="integer", label="Seats", default="10", by=by)
        row = add_field(object="company", type="text", label="Region", required=True, by=by)
        add_field(
            object="company",
            type="choices",
            label="Trades",
            settings={"options": ["x", "y"]},
            default="x",
            by=by,
        )
        with pytest.raises(InvalidValues) as problem:
            create_record(object="company", values={"name": "A"}, by=by)
        assert set(problem.value.errors) == {"region"}
        change_field(row.pk, {"required": False}, by=by)
        assert registry.get("company")["trades"].get(
            create_record(object="company", values={"name": "A"}, by=by)
        ) == ["x"]


def test_archiving_keeps_values_and_look_ups(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row = add_field(object="company", type="text", label="Badge", unique=True, by=by)
        record = create_record(object="company", values={"name": "A", "badge": "N-1"}, by=by)
        archive_field(row.pk, by=by)
        with pytest.raises(InvalidValues):
            change_record(record, {"badge": "N-2"}, by=by)
        change_record(record, {"phones": "13857104426"}, by=by)
        restore_field(row.pk, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk), pytest.raises(InvalidValues) as problem:
        create_record(object="company", values={"name": "B", "badge": "N-1"}, by=by)
    assert problem.value.errors["badge"][0].code == "unique"


@pytest.mark.parametrize(
    ("kind", "value", "other"),
    [
        ("text", "N-1", "N-2"),
        ("text", "长" * 199 + "ab", "长" * 199 + "ac"),
        ("integer", 7, 8),
        ("url", "https://example.com/a", "https://example.com/b"),
    ],
)
def test_every_type_that_may_be_unique_is(cast: Cast, kind: str, value: Any, other: Any):
    by = actor(cast.admin)
    settings = {"max_length": 500} if kind == "text" else {}
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type=kind, label="Mark", unique=True, settings=settings, by=by)
        create_record(object="company", values={"name": "A", "mark": value}, by=by)
        create_record(object="company", values={"name": "B", "mark": other}, by=by)
        with pytest.raises(InvalidValues) as problem:
            create_record(object="company", values={"name": "C", "mark": value}, by=by)
    assert problem.value.errors["mark"][0].code == "unique"


@pytest.mark.parametrize("alike", ["abc-1", "\uff21\uff22\uff23\uff0d\uff11", " ABC-1 "])
def test_case_and_width_tell_no_two_values_apart(cast: Cast, alike: str):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="text", label="Mark", unique=True, by=by)
        first = create_record(object="company", values={"name": "A", "mark": "ABC-1"}, by=by)
        with pytest.raises(InvalidValues) as problem:
            create_record(object="company", values={"name": "B", "mark": alike}, by=by)
        assert problem.value.errors["mark"][0].code == "unique"
        first = change_record(first, {"mark": alike}, by=by)  # it may be written another way itself
        assert registry.get("company")["mark"].get(first) == alike.strip()


def test_keys_that_an_older_release_wrote_are_written_anew_by_themselves(cast: Cast):
    by, wide = actor(cast.admin), "\uff21\uff081\uff09"
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="text", label="Mark", unique=True, by=by)
        first = create_record(object="company", values={"name": "A", "mark": wide}, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        kept = Value.objects.filter(object="company", field="mark", record_id=first.pk)
        kept.update(value=wide.casefold())
        create_record(object="company", values={"name": "B", "mark": "b(1)"}, by=by)
    with nowhere():
        index_fields_where_old.call()
        run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert kept.get().value == "a(1)"
        with pytest.raises(InvalidValues) as problem:
            create_record(object="company", values={"name": "C", "mark": "A(1)"}, by=by)
        assert problem.value.errors["mark"][0].code == "unique"
        kept.update(value="old")
    with nowhere():
        index_fields_where_old.call()
        run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert kept.get().value == "old"  # once was enough


def test_only_who_administers_shapes_and_only_the_own_workspace(cast: Cast):
    with in_workspace(cast.xishan.pk):
        row = add_field(object="company", type="text", label="Badge", by=actor(cast.admin))
        for member in (cast.rep, cast.manager, cast.observer, cast.stranger):
            by = actor(member)
            with pytest.raises(Refused):
                add_field(object="company", type="text", label="X", by=by)
            with pytest.raises(Refused):
                change_field(row.pk, {"label": "X"}, by=by)
            with pytest.raises(Refused):
                archive_field(row.pk, by=by)
            with pytest.raises(Refused):
                order_fields("company", ["badge"], by=by)
    with in_workspace(cast.marlin.pk):
        assert "badge" not in registry.get("company").fields_by_name
        with pytest.raises(NotFound):
            archive_field(row.pk, by=actor(cast.outsider))


def names_of(text: str, cast: Cast) -> list[str]:
    query = ListQuery(obj=registry.get("company"), columns=("name",), filter=parse_filter(text), sort="name")
    return [row.values["name"] for row in list_records(query, by=actor(cast.admin)).rows]


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.parametrize("own", [True, False])
def test_who_writes_a_unique_value_holds_it_until_the_end(cast: Cast, own: bool):
    """Two who write the same code at once: the second waits, and then finds the first one's."""
    by = actor(cast.admin)
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    with in_workspace(cast.xishan.pk), transaction.atomic():
        if own:
            add_field(object="product", type="text", label="Mark", unique=True, by=by)
        ((before,),) = fetch(locks)  # the test is one transaction: what others hold is counted before
        create_record(object="product", values={"name": "A", "mark" if own else "code": "N-1"}, by=by)
        ((after,),) = fetch(locks)
    assert after == before + 1
