"""Lists are the same whichever way round they are read, and by whatever they are sorted."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.people.contacts.models import Contact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records import weighing
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.models import Tag
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.writing import create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast: Cast) -> Cast:
    """Forty contacts of four companies, two of which have the same name; a third of them has a tag."""
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        firms = create_records(
            object="company",
            rows=[{"name": name, "owner": cast.rep.pk} for name in ("青禾", "远大", "青禾", "海川")],
            by=by,
        )
        tag = add_tag(name="Key", by=by).pk
        create_records(
            object="contact",
            rows=[
                {
                    "name": f"人 {number % 9}",
                    "company": firms[number % 4].pk if number % 5 else None,
                    "owner": (cast.rep, cast.below, cast.stranger)[number % 3].pk,
                    "tags": [tag] if number % 3 == 0 else [],
                    "title": f"title {number % 4}",
                    "next_step": f"step {40 - number}" if number % 2 else None,
                    "next_step_on": date(2026, 1, number % 28 + 1) if number % 2 else None,
                }
                for number in range(40)
            ],
            by=by,
        )
    return cast


def walk(by: Actor, sort: str, text: str = "") -> list[int]:
    """All ids of the list of contacts, page by page."""
    query, found, after = registry.get("contact"), [], None
    while True:
        page = list_records(
            ListQuery(
                obj=query,
                columns=("name", "company"),
                sort=sort,
                filter=parse_filter(text),
                limit=7,
                after=after,
            ),
            by=by,
        )
        found += [row.id for row in page.rows]
        after = page.after
        if after is None:
            return found


@pytest.mark.parametrize(
    "text", ["tags = {tag}", "title = 'title 1'", "owner = {owner} and title = 'title 2'"]
)
@pytest.mark.parametrize("sort", ["name", "-created_at", "company"])
def test_few_or_many_find_the_same(
    people: Cast, monkeypatch: pytest.MonkeyPatch, text: str, sort: str
) -> None:
    by = actor(people.manager)
    with in_workspace(people.xishan.pk):
        tag = Tag.objects.get(name="Key").pk
        asked = text.format(tag=tag, owner=people.rep.pk).replace("'", '"')
        walks = []
        for many in (0, 1_000_000):
            monkeypatch.setattr(weighing, "MANY", many)
            weighing._weights.clear()
            walks.append(walk(by, sort, asked))
        assert walks[0] == walks[1]
        assert walks[0]
        assert len(set(walks[0])) == len(walks[0])


def test_what_finds_many_leaves_the_order_its_index(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    by, contact = actor(people.manager), registry.get("contact")
    monkeypatch.setattr(weighing, "MANY", 0)
    weighing._weights.clear()
    with in_workspace(people.xishan.pk), CaptureQueriesContext(connection) as asked:
        list_records(
            ListQuery(obj=contact, columns=("name",), filter=parse_filter('title = "title 1"')), by=by
        )
    turned = any("IS TRUE" in one["sql"] for one in asked)
    assert turned == (connection.vendor == "sqlite"), "PostgreSQL knows how often a value occurs"


def test_a_weight_is_asked_for_once(people: Cast) -> None:
    by = actor(people.manager)
    with in_workspace(people.xishan.pk):
        tag = Tag.objects.get(name="Key").pk
        walk(by, "name")
        weighing._weights.clear()
        with CaptureQueriesContext(connection) as first:
            walk(by, "name", f"tags = {tag}")
        with CaptureQueriesContext(connection) as second:
            walk(by, "name", f"tags = {tag}")
        assert len(second) == len(first) - 1


@pytest.mark.parametrize("sort", ["company", "-company"])
def test_contacts_by_company_stand_together(people: Cast, sort: str) -> None:
    with in_workspace(people.xishan.pk):
        ids = walk(actor(people.admin), sort)
        assert len(ids) == len(set(ids)) == 40
        known = {one.pk: one for one in Contact.objects.select_related("company")}
        keys = [
            (known[one].company.sort_key, known[one].company_id, one) for one in ids if known[one].company
        ]
        assert keys == sorted(keys, reverse=sort == "-company")
        assert all(known[one].company is None for one in ids[len(keys) :])


def test_next_steps_are_sorted_by_their_day(people: Cast) -> None:
    with in_workspace(people.xishan.pk):
        ids = walk(actor(people.admin), "next_step")
        days = [Contact.objects.get(pk=one).next_step_on for one in ids]
        there = [day for day in days if day]
        assert days == [*sorted(there), *[None] * (40 - len(there))]
