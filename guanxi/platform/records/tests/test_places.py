"""A list by places is the list without them; places follow every write; uses make and drop them."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.models import NumberPlace, OwnField, TextPlace, Use
from guanxi.platform.metadata.shaping import add_field, add_object, archive_field
from guanxi.platform.records import places
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.places import make_places, set_place, weigh_places
from guanxi.platform.records.writing import (
    archive_record,
    assign_record,
    change_record,
    create_record,
    create_records,
)
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db

SORTS = ("points", "-points", "grade", "-grade,name", "worth", "-seen", "due,-points", "-name")
FILTERS = (
    "", "points >= 3", "points between (2, 5)",
    "points is empty", 'grade = "b"', 'not grade = "b"', "worth < 30",
    'points in (1, 4, 9) and (grade = "a" or worth > 20)', "due >= 2026-03-01",
)  # fmt: skip


def shaped(cast: Cast, object: str = "company") -> None:
    for type, label, settings in (
        ("integer", "Points", {}),
        ("choice", "Grade", {"options": ["a", "b", "c"]}),
        ("money", "Worth", {}),
        ("datetime", "Seen", {}),
        ("date", "Due", {}),
    ):
        add_field(object=object, type=type, label=label, settings=settings, by=actor(cast.admin))


def filled(cast: Cast, object: str = "company") -> list[Any]:
    made = []
    for number in range(24):
        values: dict[str, Any] = {"name": f"C{number:02}"}
        if number % 4:
            values |= {
                "points": number * 7 % 9,
                "grade": "abc"[number % 3],
                "seen": f"2026-0{1 + number % 9}-01",
            }
        if number % 3:
            values |= {"worth": str(number * 5 % 60), "due": f"2026-0{1 + number % 6}-10"}
        by = actor((cast.rep, cast.stranger, cast.manager)[number % 3])
        made.append(create_record(object=object, values=values, by=by))
    return made


def names(by: Any, sort: str, filter: str, *, object: str = "company") -> list[str]:
    """All pages of a list, five at a time."""
    found: list[str] = []
    after: str | None = None
    while True:
        query = ListQuery(
            obj=registry.get(object),
            columns=("name",),
            filter=parse_filter(filter),
            sort=sort,
            after=after,
            limit=5,
        )
        page = list_records(query, by=by)
        found += [row.values["name"] for row in page.rows]
        after = page.after
        if after is None:
            return found


def every_list(people: list[Any], object: str = "company") -> dict[tuple[str, str, str], list[str]]:
    return {
        (by.name, sort, filter): names(by, sort, filter, object=object)
        for by in people
        for sort, filter in product(SORTS, FILTERS)
    }


def place_all(object: str = "company") -> None:
    for row in OwnField.objects.filter(object=object):
        set_place(row, "making")
        make_places.func(object=object, field=row.name)
    assert set(OwnField.objects.filter(object=object).values_list("place", flat=True)) == {"ready"}


@pytest.mark.slow
@pytest.mark.parametrize("many", [3_000, 0])
def test_lists_by_places_are_the_same_lists(cast: Cast, monkeypatch: pytest.MonkeyPatch, many: int):
    monkeypatch.setattr("guanxi.platform.records.weighing.MANY", many)
    people = [actor(one) for one in (cast.admin, cast.rep, cast.manager)]
    with in_workspace(cast.xishan.pk):
        shaped(cast)
        made = filled(cast)
        before = every_list(people)
        place_all()
        assert every_list(people) == before
        change_record(made[5], {"points": 8, "grade": None}, by=actor(cast.admin))
        assign_record(made[3], to=cast.rep, by=actor(cast.admin))
        archive_record(made[7], by=actor(cast.admin))
        create_records(object="company", rows=[{"name": "new", "points": 3}], by=actor(cast.rep))
        after = every_list(people)
        for row in OwnField.objects.all():
            set_place(row, "")
        assert every_list(people) == after


def test_records_of_own_objects_have_places(cast: Cast):
    with in_workspace(cast.xishan.pk):
        add_object(label="Device", by=actor(cast.admin))
        shaped(cast, "device")
        filled(cast, "device")
        people = [actor(cast.admin)]
        before = every_list(people, "device")
        place_all("device")
        assert every_list(people, "device") == before


def test_what_goes_round_the_verbs_is_placed_by_the_consumer(cast: Cast):
    with in_workspace(cast.xishan.pk):
        shaped(cast)
    drain_events()
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A", "points": 1}, by=actor(cast.rep))
        place_all()
        NumberPlace.objects.all().delete()
        TextPlace.objects.all().delete()
    drain_events()
    with in_workspace(cast.xishan.pk):
        points = OwnField.objects.get(name="points").pk
        there = NumberPlace.objects.get(field_id=points)
        assert (there.value, there.record_id, there.owner_id) == (1, company.pk, company.owner_id)
        assert TextPlace.objects.count() == 3


def test_uses_make_places_and_their_absence_drops_them(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(places, "FEW_RECORDS", 10)
    places._noted.clear()
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        shaped(cast)
        filled(cast)
        weigh_places()
        assert not OwnField.objects.exclude(place="").exists()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.db.transaction.on_commit", lambda do, robust=False: do())
            for _again in range(4 * places.NOTED_AT_ONCE):
                names(by, "-points", "points > 100")
        assert Use.objects.get().count >= places.OFTEN
        weigh_places()
        assert OwnField.objects.get(name="points").place == "making"
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        row = OwnField.objects.get(name="points")
        assert row.place == "ready"
        assert NumberPlace.objects.filter(field_id=row.pk).count() == 24
        weigh_places()
        assert OwnField.objects.get(name="points").place == "ready"
        Use.objects.update(day=timezone.now().date() - timedelta(days=90))
        OwnField.objects.update(changed_at=timezone.now() - timedelta(days=90))
        weigh_places()
        assert OwnField.objects.get(name="points").place == ""
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert not NumberPlace.objects.exists()


def test_an_archived_field_loses_its_places(cast: Cast):
    with in_workspace(cast.xishan.pk):
        shaped(cast)
        filled(cast)
        place_all()
        row = OwnField.objects.get(name="points")
        archive_field(row.pk, by=actor(cast.admin))
        weigh_places()
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert OwnField.objects.get(name="points").place == ""
        assert not NumberPlace.objects.filter(field_id=row.pk).exists()
