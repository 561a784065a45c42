"""Ratings, numbers by themselves, links to several and JSON, through the engine and its doors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from guanxi.api.tests.test_rest import Program
from guanxi.platform.i18n.labels import L
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.text import AutoNumber
from guanxi.platform.metadata.shaping import add_field, change_field
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.writing import change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


def names_of(text: str, cast: Cast) -> list[str]:
    query = ListQuery(obj=registry.get("company"), columns=("name",), filter=parse_filter(text), sort="name")
    return [row.values["name"] for row in list_records(query, by=actor(cast.admin)).rows]


def test_numbers_have_no_gaps(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        before = create_record(object="company", values={"name": "before"}, by=by)
        row = add_field(
            object="company", type="auto_number", label="Number", settings={"pattern": "C-{number:3}"}, by=by
        )
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        before.refresh_from_db()
        assert before.custom["number"] == "C-001"
        with pytest.raises(InvalidValues):
            _make_two(by)
        one = create_record(object="company", values={"name": "one"}, by=by)
        many = create_records(object="company", rows=[{"name": "two"}, {"name": "three"}], by=by)
        assert [record.custom["number"] for record in (one, *many)] == ["C-002", "C-003", "C-004"]
        with pytest.raises(InvalidValues):
            change_record(one, {"number": "C-999"}, by=by)
        with pytest.raises(InvalidValues):
            change_field(row.pk, {"settings": {"reset": "year", "pattern": "{year}-{number}"}}, by=by)
        for settings in ({"pattern": "no"}, {"pattern": "{number}{x}"}, {"reset": "year"}, {"reset": "day"}):
            with pytest.raises(InvalidValues):
                add_field(object="company", type="auto_number", label="N", settings=settings, by=by)
    with in_workspace(cast.marlin.pk):
        out = actor(cast.outsider)
        add_field(object="company", type="auto_number", label="Number", by=out)
        assert create_record(object="company", values={"name": "a"}, by=out).custom["number"] == "1"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("zone", "wanted"),
    [
        ("Asia/Shanghai", ["2026-1", "2027-1", "2027-2"]),
        ("UTC", ["2026-1", "2026-2", "2027-1"]),
        ("America/New_York", ["2026-1", "2026-2", "2026-3"]),
    ],
)
def test_numbers_begin_anew_with_the_year_of_the_workspace(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, zone: str, wanted: list[str]
):
    Workspace.objects.filter(pk=cast.xishan.pk).update(timezone=zone)
    by, given = actor(cast.admin), []
    with in_workspace(cast.xishan.pk):
        settings = {"pattern": "{year}-{number}", "reset": "year"}
        add_field(object="company", type="auto_number", label="Number", settings=settings, by=by)
        for moment in ("2026-12-31T15:59:59", "2026-12-31T16:00:00", "2027-01-01T00:00:00"):
            now = datetime.fromisoformat(f"{moment}+00:00")
            monkeypatch.setattr("guanxi.platform.tenancy.home.timezone.now", lambda now=now: now)
            given.append(create_record(object="company", values={"name": moment}, by=by).custom["number"])
    assert given == wanted


@transaction.atomic
def _make_two(by: Any) -> None:
    """The second one can't be: neither is."""
    create_record(object="company", values={"name": "x"}, by=by)
    create_record(object="company", values={"name": ""}, by=by)


def test_a_pattern_says_year_and_month():
    field = AutoNumber(name="n", label=L("N"), pattern="EQ-{year}{month}-{number:4}")
    assert field.said(7, 2026, 3) == "EQ-202603-0007"


def test_links_to_several_have_two_sides(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        settings = {"to": "contact", "back": {"en": "Advises", "zh-hans": "顾问于"}}
        add_field(object="company", type="links", label="Advisers", settings=settings, by=actor(cast.admin))
        one, two = (
            create_record(object="contact", values={"name": name}, by=by) for name in ("周岚", "李卓然")
        )
        far = create_record(object="contact", values={"name": "far"}, by=actor(cast.stranger))
        company = create_record(object="company", values={"name": "A", "advisers": [one.pk, two.pk]}, by=by)
        create_record(object="company", values={"name": "B"}, by=by)
        assert names_of(f"advisers = {one.pk}", cast) == ["A"]
        assert names_of("advisers is empty", cast) == ["B"]
        with pytest.raises(InvalidValues):
            change_record(company, {"advisers": [far.pk]}, by=by)
    rep = client_for(cast.rep)
    assert "顾问于" in rep.get(f"/contacts/{one.pk}/").content.decode()
    assert ">A<" in rep.get(f"/contacts/{one.pk}/companies/").content.decode()
    page = rep.get(f"/companies/{company.pk}/").content.decode()
    assert "周岚" in page
    assert "李卓然" in page
    assert rep.get(f"/companies/{company.pk}/fields/advisers/").status_code == 200
    form = rep.get(f"/companies/{company.pk}/edit/").content.decode()
    assert f'value="{two.pk}"' in form
    sent = {"name": "A", "advisers-sent": "1", "advisers": [str(two.pk)], "advisers-add": ""}
    assert rep.post(f"/companies/{company.pk}/edit/", sent).status_code == 302
    got = Program(cast.rep, EVERYTHING)("GET", f"/companies/{company.pk}").json()
    assert got["advisers"] == [{"id": str(two.pk), "title": "李卓然"}]
    assert "李卓然" in rep.get("/companies/?columns=name,advisers").content.decode()


def test_ratings_and_json(cast: Cast):
    program = Program(cast.rep, EVERYTHING)
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="rating", label="Stars", by=actor(cast.admin))
        add_field(object="company", type="json", label="Raw", by=actor(cast.admin))
    made = program("POST", "/companies", {"name": "A", "stars": 4, "raw": {"a": [1, "x"]}})
    assert made.json()["raw"] == {"a": [1, "x"]}
    assert program("GET", "/companies?fields=name,stars,raw&sort=-stars").json()["data"][0]["raw"] == {
        "a": [1, "x"]
    }
    page = client_for(cast.rep).get(f"/companies/{made.json()['id']}/").content.decode()
    assert "★★★★☆" in page
    for wrong in ({"stars": 6}, {"stars": -1}, {"raw": "{"}, {"raw": 5}, {"raw": ["x" * 30_000]}):
        body: dict[str, Any] = {"name": "B", **wrong}
        assert program("POST", "/companies", body).status_code == 422, wrong
    assert program("PATCH", f"/companies/{made.json()['id']}", {"raw": '["y"]'}).json()["raw"] == ["y"]
    assert client_for(cast.rep).get(f"/companies/{made.json()['id']}/edit/").status_code == 200
    listed = client_for(cast.rep).get("/companies/?columns=name,stars,raw").content.decode()
    assert "★★★★☆" in listed


def test_what_is_no_json_is_said_with_its_place(cast: Cast):
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="json", label="Raw", by=actor(cast.admin))
        field = registry.get("company")["raw"]
        context = field_context(actor(cast.rep))
        for text, place in (
            ('{"a": 1,\n "b" 2}', "line 2, column 6"),
            ('{"a": 1', "line 1, column 8"),
            ("[1, 2]]", "line 1, column 7"),
        ):
            with pytest.raises(FieldError) as wrong:
                field.clean(text, context)
            assert place in wrong.value.message
        for text in ("7", "NaN", "[" * 5_000, "\ud800"):
            with pytest.raises(FieldError):
                field.clean(text, context)
    sent = Program(cast.rep, EVERYTHING)("POST", "/companies", {"name": "青禾", "raw": '["y",\n]'})
    assert sent.status_code == 422
    assert "第 2 行" in sent.content.decode()
    assert "第 1 列" in sent.content.decode()
