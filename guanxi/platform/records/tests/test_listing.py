"""Lists: every sort pages through every row once, rights hold, filters mean what they say."""

from __future__ import annotations

import base64
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.people.companies.models import Company
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.records.access import reaches, row_rule
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, count_records, list_records
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.writing import create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def firms(cast: Cast):
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        owners = itertools.cycle([cast.rep, cast.below, cast.stranger, cast.manager])
        rows = []
        for number in range(40):
            owner = next(owners)
            rows.append(
                {
                    "name": f"公司 {number % 7}",
                    "industry": None if number % 5 == 0 else f"industry {number % 3}",
                    "employees": None if number % 4 == 0 else number % 6,
                    "owner": owner.pk,
                    "team": owner.team_id,
                }
            )
        records = create_records(object="company", rows=rows, by=admin)
        for number, record in enumerate(records[10:20]):
            record.last_touch_at = datetime.now(UTC) - timedelta(days=number)
            record.save()
    return cast


def query(**more: object) -> ListQuery:
    return ListQuery(obj=registry.get("company"), columns=("name", "industry", "employees", "owner"), **more)  # type: ignore[arg-type]


def walk(by: Actor, **more: object) -> list[int]:
    """All ids of a list, page by page."""
    found: list[int] = []
    after = None
    while True:
        page = list_records(query(limit=7, after=after, **more), by=by)
        found += [row.id for row in page.rows]
        after = page.after
        if after is None:
            return found


@pytest.mark.parametrize(
    "sort",
    ["name", "-name", "industry", "-industry", "employees", "-employees", "owner", "-last_touch_at",
     "last_touch_at", "created_at", "-employees,name", "industry,-employees", "employees,industry,-name",
     "parent", "-parent"],
)  # fmt: skip
def test_every_row_comes_once_in_order(firms: Cast, sort: str):
    admin = actor(firms.admin)
    with in_workspace(firms.xishan.pk):
        ids = walk(admin, sort=sort)
        assert len(ids) == len(set(ids)) == 40
        name = sort.split(",")[0].lstrip("-")
        column = {"name": "sort_key", "owner": "owner_id", "parent": "parent_id"}.get(name, name)
        known = dict(Company.objects.values_list("id", column))
        values = [known[one] for one in ids]
        there = [value for value in values if value is not None]
        assert values[: len(there)] == there, "empty values come last"
        assert there == sorted(there, reverse=sort.startswith("-"))


def test_paging_survives_new_rows(firms: Cast):
    admin = actor(firms.admin)
    with in_workspace(firms.xishan.pk):
        first = list_records(query(limit=10, sort="name"), by=admin)
        create_record(object="company", values={"name": "公司 0"}, by=admin)
        second = list_records(query(limit=10, sort="name", after=first.after), by=admin)
        assert not {row.id for row in first.rows} & {row.id for row in second.rows}


def test_rows_within_reach_only(firms: Cast):
    with in_workspace(firms.xishan.pk):
        everyone = {member.name or member.user.name: actor(member) for member in (
            firms.admin, firms.manager, firms.rep, firms.below, firms.stranger, firms.observer
        )}  # fmt: skip
        company = registry.get("company")
        for by in everyone.values():
            listed = set(walk(by, sort="name"))
            reached = {row.pk for row in Company.objects.all() if reaches(company, row, by)}
            assert listed == reached
            assert count_records(query(), by=by) == len(listed)
            rule = row_rule(company, by, access="edit")
            editable = {
                row[0] for row in fetch(f"SELECT r.id FROM people_company r WHERE {rule.text}", rule.params)
            }
            assert editable == {
                row.pk for row in Company.objects.all() if reaches(company, row, by, access="edit")
            }
            assert editable <= listed
        assert len(set(walk(everyone["周砚"], sort="name"))) == 30
        assert len(set(walk(everyone["何北"], sort="name"))) == 10
    outsider = actor(firms.outsider)
    with in_workspace(firms.marlin.pk):
        assert walk(outsider, sort="name") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("owner = me", 10),
        ("industry is empty", 8),
        ("industry is not empty and employees >= 3", None),
        ('name contains "公司"', 40),
        ('name contains "%"', 0),
        ("employees in (1, 2) or employees is empty", None),
        ("not (employees is empty)", 30),
        ("employees between (2, 4)", None),
        ("created_at >= -30d", 40),
        ("created_at = today", 40),
        ("created_at < this_year", 0),
        ("created_at < some_day", None),
        ("last_touch_at is empty", 30),
        ("parent.name = x", 0),
    ],
)
def test_filters(firms: Cast, text: str, count: int | None):
    everything = actor(firms.admin)
    by = actor(firms.rep) if "me" in text.split() else everything
    with in_workspace(firms.xishan.pk):
        if text == "created_at < some_day":
            with pytest.raises(FieldError):
                walk(by, sort="name", filter=parse_filter(text))
            return
        found = walk(by, sort="name", filter=parse_filter(text))
        assert count_records(query(filter=parse_filter(text)), by=by) == len(found)
        if count is not None:
            assert len(found) == count
        else:
            assert 0 < len(found) < 40


def test_a_page_takes_few_queries(firms: Cast):
    admin = actor(firms.admin)
    with in_workspace(firms.xishan.pk):
        list_records(query(), by=admin)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            list_records(query(sort="name"), by=admin)
        told = [one for one in captured.captured_queries if "set_config" not in one["sql"]]
        assert len(told) == 2


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "eyJhIjoxfQ", "WzAsWyJhIl0sIDFd" * 30, "WzAsW10sOTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ"]
)
def test_a_made_up_cursor_is_refused(firms: Cast, cursor: str):
    with in_workspace(firms.xishan.pk), pytest.raises(FieldError):
        list_records(query(sort="name", after=cursor), by=actor(firms.admin))


@pytest.mark.parametrize("sort", ["company", "-company", "title,company", "-title,-company"])
def test_the_order_and_its_cursors_tell_nothing_of_hidden_records(cast: Cast, sort: str):
    admin, rep = actor(cast.admin), actor(cast.rep)
    contact = registry.get("contact")
    with in_workspace(cast.xishan.pk):
        seen = create_record(object="company", values={"name": "Mid"}, by=rep)
        for name in ("Aardvark secret", "Zebra secret"):
            hidden = create_record(object="company", values={"name": name}, by=actor(cast.stranger))
            values = {"name": f"at {name}", "company": hidden.pk, "owner": cast.rep.pk}
            create_record(object="contact", values=values, by=admin)
        create_record(object="contact", values={"name": "at Mid", "company": seen.pk}, by=rep)
        create_record(object="contact", values={"name": "nowhere"}, by=rep)
        names, after = [], None
        while True:
            asked = ListQuery(
                obj=contact,
                columns=("name",),
                sort=sort,
                limit=1,
                after=after,
                filter=parse_filter("name is not empty"),
            )
            page = list_records(asked, by=rep)
            names += [row.values["name"] for row in page.rows]
            if (after := page.after) is None:
                break
            assert b"secret" not in base64.urlsafe_b64decode(after.partition(".")[0] + "==")
        by_company = ListQuery(
            obj=contact, columns=("name",), sort="company", filter=parse_filter("company is not empty")
        )
        linked = [row.values["name"] for row in list_records(by_company, by=rep).rows]
    # What is hidden stands where nothing is: at the end, in the order in which it was made.
    rest = ["at Aardvark secret", "at Zebra secret", "nowhere"]
    assert names == ["at Mid", *(reversed(rest) if sort.startswith("-title") else rest)]
    assert linked == ["at Mid", "at Aardvark secret", "at Zebra secret"]


def test_a_cursor_belongs_to_one_order(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        for name in ("A", "B"):
            create_record(object="company", values={"name": name}, by=by)
        company = registry.get("company")
        page = list_records(ListQuery(obj=company, columns=("name",), sort="name", limit=1), by=by)
        for order in ("employees", "-name"):
            with pytest.raises(FieldError):
                list_records(ListQuery(obj=company, columns=("name",), sort=order, after=page.after), by=by)
