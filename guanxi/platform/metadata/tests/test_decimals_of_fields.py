"""How many decimals a number or a percentage shows; a percentage keeps them once it is asked for some."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from typing import cast as cast_to

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.shaping import add_field, change_field
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.records.aggregates import aggregates_of
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.importing.values import Reading, Takes, make_converter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.retyping import preview_retype, restore_type, retype_field
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
PAGE = "/settings/objects/company/"


def margin(cast: Cast, **settings: Any) -> OwnField:
    return add_field(
        object="company", type="percent", label="Margin", settings=settings, by=actor(cast.admin)
    )


def named(text: str, cast: Cast, sort: str = "name") -> list[str]:
    query = ListQuery(obj=registry.get("company"), columns=("name",), filter=parse_filter(text), sort=sort)
    return [row.values["name"] for row in list_records(query, by=actor(cast.rep)).rows]


def test_a_percentage_with_decimals_goes_through_every_door(cast: Cast):
    program, page = Program(cast.rep, EVERYTHING), client_for(cast.rep)
    with in_workspace(cast.xishan.pk):
        margin(cast, digits=1)
    for name, given in (("A", "12.5%"), ("B", 12.25), ("C", "7.125\uff05")):
        made = program("POST", "/companies", {"name": name, "margin": given})
        assert made.status_code == 201, made.content.decode()
    assert made.json()["margin"] == "7.125"
    for wrong in (-0.5, "100.01", "x", True, "1e9"):
        assert program("POST", "/companies", {"name": "D", "margin": wrong}).status_code == 422, wrong
    sent = page.post("/companies/new/", {"name": "E", "margin": "33.3"})
    assert ">33.3%<" in page.get(sent["Location"]).content.decode()
    listed = page.get("/companies/?columns=name,margin&aggregates=margin:avg").content.decode()
    assert "12.5%" in listed
    assert "7.1%" in listed
    with in_workspace(cast.xishan.pk):
        assert named("margin > 12.25", cast, "margin") == ["A", "E"]
        assert named('margin = "12.25%"', cast) == ["B"]
        assert named("margin between (7, 12.25)", cast, "-margin") == ["B", "C"]
        field = registry.get("company")["margin"]
        assert "avg" in aggregates_of(field)
        assert "sum" not in aggregates_of(field)
        convert = make_converter(cast_to(Takes, field), field_context(actor(cast.rep)), Reading())
        assert convert("8.75 %") == Decimal("8.75")
    file = b"".join(client_for(cast.admin).get("/companies/export.csv")).decode("utf-8-sig")
    assert [line for line in file.splitlines() if line.startswith("C,") and ",7.125," in line]
    schema = program("GET", "/openapi.json").json()["components"]["schemas"]["Company"]
    assert "string" in schema["properties"]["margin"]["type"]


def test_whole_percentages_get_decimals_and_lose_nothing(cast: Cast):
    by, admin = actor(cast.admin), client_for(cast.admin)
    with in_workspace(cast.xishan.pk):
        row = margin(cast)
        change_field(row.pk, {"default": "40"}, by=by)
        made = [
            create_record(object="company", values={"name": name, "margin": value}, by=actor(cast.rep))
            for name, value in (("A", 25), ("B", None), ("C", 100))
        ]
        with pytest.raises(InvalidValues):
            change_record(made[0], {"margin": "12.5"}, by=actor(cast.rep))
        with pytest.raises(Refused):
            change_field(row.pk, {"settings": {"digits": 2}}, by=actor(cast.manager))
        for wrong in (5, -1, "x", 1.5, True):
            with pytest.raises(InvalidValues):
                change_field(row.pk, {"settings": {"digits": wrong}}, by=by)
    shown = admin.get(f"{PAGE}{row.pk}/").content.decode()
    assert 'name="digits"' in shown
    version = shown.partition('name="version" value="')[2].partition('"')[0]
    sent = {"do": "save", "version": version, "label-en": "Margin", "default": "40.5", "digits": "2"}
    assert admin.post(f"{PAGE}{row.pk}/", sent).status_code == 302
    with in_workspace(cast.xishan.pk):
        assert registry.get("company")["margin"].type == "percent", "as it was, until the job is done"
        with pytest.raises(InvalidValues):
            change_field(row.pk, {"settings": {"digits": 3}}, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        row.refresh_from_db()
        assert (row.type, row.settings, row.default) == ("percent", {"digits": 2}, "40.5")
        field = registry.get("company")["margin"]
        for one in made:
            one.refresh_from_db()
        assert [field.get(one) for one in made] == [
            Decimal(25),
            None,
            Decimal(100),
        ]
        change_record(made[0], {"margin": "12.345"}, by=actor(cast.rep))
        assert named("margin < 25", cast) == ["A"]
        last = facts_of("company", made[0].pk).last()
        assert last is not None
        assert last.changes["margin"] == ["25", "12.345"]
        change_field(row.pk, {"settings": {"digits": 0}}, by=by)
        made[0].refresh_from_db()
        assert field.get(made[0]) == Decimal("12.345"), "fewer are shown, none is lost"
        restore_type(row.pk, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        row.refresh_from_db()
        made[2].refresh_from_db()
        assert (row.settings, row.default) == ({}, 40)
        assert registry.get("company")["margin"].get(made[2]) == 100
    page = client_for(cast.rep).get(f"/companies/{made[0].pk}/")
    assert page.status_code == 200


def test_formulas_and_lookups_show_as_many_decimals_as_they_are_asked_for(cast: Cast):
    by, rep = actor(cast.admin), actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        margin(cast, digits=2)
        made: dict[str, Any] = {"object": "company", "by": by}
        formula = add_field(
            **made,
            type="formula",
            label="Half",
            settings={"formula": "margin / 2", "result": "percent", "digits": 3},
        )
        add_field(
            **made, type="formula", label="Whole", settings={"formula": "margin / 2", "result": "percent"}
        )
        add_field(**made, type="lookup", label="Above", settings={"link": "parent", "field": "margin"})
        parent = create_record(object="company", values={"name": "A", "margin": "12.25"}, by=rep)
        child = create_record(object="company", values={"name": "B", "parent": parent.pk}, by=rep)
    page = client_for(cast.rep).get(f"/companies/{parent.pk}/").content.decode()
    assert "6.125%" in page
    assert ">6%<" in page
    assert "12.25%" in client_for(cast.admin).get(f"/companies/{child.pk}/").content.decode()
    with in_workspace(cast.xishan.pk):
        change_field(formula.pk, {"settings": {"digits": 1}}, by=by)
    run_pending_jobs()
    assert "6.1%" in client_for(cast.rep).get(f"/companies/{parent.pk}/").content.decode()


def test_numbers_show_their_decimals_and_become_percentages_with_them(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row = add_field(object="company", type="decimal", label="Ratio", settings={"digits": 2}, by=by)
        made = create_record(object="company", values={"name": "A", "ratio": "12.5"}, by=actor(cast.rep))
    assert ">12.50<" in client_for(cast.rep).get(f"/companies/{made.pk}/").content.decode()
    with in_workspace(cast.xishan.pk):
        assert dict(preview_retype(row.pk, "percent", by=by).counts) == {"kept": 1}
        retype_field(row.pk, "percent", by=by)
    run_pending_jobs()
    assert ">12.50%<" in client_for(cast.rep).get(f"/companies/{made.pk}/").content.decode()


def test_a_file_of_shapes_says_the_decimals(cast: Cast):
    with in_workspace(cast.xishan.pk):
        margin(cast, digits=1)
        text = write_shape(by=actor(cast.admin))
        assert "digits = 1" in text
        row = OwnField.objects.get(name="margin")
        change_field(row.pk, {"settings": {"digits": 3}}, by=actor(cast.admin))
        assert [(one.what, one.name) for one in steps_to(read_shape(text))] == [("change", "company.margin")]
        apply_shape(read_shape(text), by=actor(cast.admin))
        assert OwnField.objects.get(name="margin").settings == {"digits": 1}
        assert steps_to(read_shape(text)) == []


def test_a_lookup_shows_what_it_looks_up_as_that_is_shown_from_then_on(cast: Cast):
    by, rep = actor(cast.admin), actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        row = margin(cast)
        add: dict[str, Any] = {"object": "company", "type": "lookup", "by": by}
        add_field(**add, label="Above", settings={"link": "parent", "field": "margin"})
        add_field(**add, label="Top", settings={"link": "parent", "field": "above"})
        top = create_record(object="company", values={"name": "A", "margin": 12}, by=rep)
        middle = create_record(object="company", values={"name": "B", "parent": top.pk}, by=rep)
        last = create_record(object="company", values={"name": "C", "parent": middle.pk}, by=rep)
        change_field(row.pk, {"settings": {"digits": 2}}, by=by)
    run_pending_jobs()
    drain_events()
    admin = client_for(cast.admin)
    assert ">12.00%<" in admin.get(f"/companies/{middle.pk}/").content.decode()
    with in_workspace(cast.xishan.pk):
        change_record(top, {"margin": "12.25"}, by=rep)
        change_field(row.pk, {"settings": {"digits": 1}}, by=by)
    for _step in range(2):  # what follows from what follows
        drain_events()
        run_pending_jobs()
    for one in (middle, last):
        assert ">12.3%<" in admin.get(f"/companies/{one.pk}/").content.decode(), one.name
