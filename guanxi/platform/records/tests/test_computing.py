"""Computed fields: true after every write, after changes of other records, and for what was there before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.shaping import add_field, add_object, archive_field, change_field
from guanxi.platform.records.computing import recalculate_all
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.recalculating import recalculate_in_bulk
from guanxi.platform.records.writing import archive_record, change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def field(cast: Cast, object: str, type: str, label: str, **settings: Any) -> Any:
    return add_field(object=object, type=type, label=label, settings=settings, by=actor(cast.admin))


def value(record: Any, name: str) -> Any:
    record.refresh_from_db()
    return registry.get(record.object_name)[name].get(record)


def settle() -> None:
    run_pending_jobs()
    drain_events()
    run_pending_jobs()
    drain_events()


def test_a_formula_follows_its_record(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        old = create_record(object="company", values={"name": "before", "employees": 10}, by=by)
        field(cast, "company", "integer", "Seats")
        field(cast, "company", "formula", "Open seats", formula="employees - coalesce(seats, 0)")
        field(cast, "company", "formula", "Size", formula='if(open_seats > 50, "large", "small")')
        company = create_record(object="company", values={"name": "A", "employees": 100, "seats": 20}, by=by)
        assert value(company, "open_seats") == 80
        assert value(company, "size") == "large"
        change_record(company, {"seats": 90}, by=by)
        assert value(company, "size") == "small"
        fact = facts_of("company", company.pk).last()
        assert fact is not None
        assert fact.changes == {"seats": [20, 90], "open_seats": ["80", "10"], "size": ["large", "small"]}
        with pytest.raises(InvalidValues):
            change_record(company, {"size": "huge"}, by=by)
        made = create_records(object="company", rows=[{"name": "B", "employees": 60}], by=by)
        assert value(made[0], "size") == "large"
        query = ListQuery(
            obj=registry.get("company"),
            columns=("name",),
            filter=parse_filter("open_seats >= 10"),
            sort="-open_seats",
        )
        assert [row.values["name"] for row in list_records(query, by=by).rows] == ["B", "A"]
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert value(old, "open_seats") == 10
        assert value(old, "size") == "small"


def test_a_formula_of_amounts_or_percentages_is_shown_as_they_are(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for kind, label in (("money", "Price"), ("money", "Cost"), ("percent", "Off"), ("integer", "Seats")):
            field(cast, "company", kind, label)
        field(cast, "company", "percent", "Tax", digits=1)
        field(cast, "contact", "formula", "Theirs", formula="company.price * 2")
        shown = {
            "price - cost": "money",
            "price * (1 - off / 100)": "money",
            "seats * price": "money",
            "if(seats > 3, -price, 0)": "money",
            "round(coalesce(price, cost), 1) / seats": "money",
            "max(off, tax)": "percent",
            "100 - off": "percent",
            "price / cost": "decimal",
            "(price - cost) / price * 100": "decimal",
            "price * cost": "decimal",
            "1 - off / 100": "decimal",
            "seats / price": "decimal",
            "price + off": "decimal",
            "seats + 1": "decimal",
        }
        made = [field(cast, "company", "formula", f"F {at}", formula=one) for at, one in enumerate(shown)]
        assert {one.settings["formula"]: one.settings["result"] for one in made} == shown
        assert made[5].settings["shape"] == {"digits": 1}
        plain = field(cast, "company", "formula", "Bare", formula="price - cost", result="decimal")
        assert plain.settings["result"] == "decimal"
        company = create_record(
            object="company",
            values={"name": "A", "price": "1000", "cost": {"amount": "250.50", "currency": "CNY"}, "off": 10},
            by=by,
        )
        contact = create_record(object="contact", values={"name": "X", "company": company.pk}, by=by)
        assert value(company, "f_0") == Amount(Decimal("749.50"), "CNY")
        assert value(company, "f_1") == Amount(Decimal(900), "CNY")
        assert value(company, "f_6") == 90
        assert value(contact, "theirs") == Amount(Decimal(2000), "CNY")
    page = client_for(cast.admin).get("/companies/?columns=name,f_0,f_1,f_6&view=").content.decode()
    record = client_for(cast.admin).get(f"/companies/{company.pk}/").content.decode()
    for said in ("\u00a5749.50", "\u00a5900", "90%"):
        assert said in page, said
        assert said in record, said


def test_lookups_and_formulas_across_links_follow_the_other_record(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        field(cast, "company", "money", "Credit")
        field(cast, "contact", "lookup", "Industry", link="company", field="industry")
        field(cast, "contact", "lookup", "Credit", link="company", field="credit")
        field(cast, "contact", "formula", "Line", formula='name & " · " & company.name')
        parent = create_record(object="company", values={"name": "Group", "industry": "water"}, by=by)
        company = create_record(
            object="company",
            values={"name": "青禾", "industry": "water", "credit": "500", "parent": parent.pk},
            by=by,
        )
        field(cast, "contact", "formula", "Group", formula="company.parent.name")
        contact = create_record(object="contact", values={"name": "周岚", "company": company.pk}, by=by)
        assert value(contact, "industry") == "water"
        assert value(contact, "credit") == Amount(Decimal(500), "CNY")
        assert value(contact, "line") == "周岚 · 青禾"
        assert value(contact, "group") == "Group"
        settle()
        change_record(company, {"industry": "food", "name": "青禾水务"}, by=by)
        change_record(parent, {"name": "Holding"}, by=by)
        drain_events()
        assert value(contact, "industry") == "food"
        assert value(contact, "line") == "周岚 · 青禾水务"
        assert value(contact, "group") == "Holding"
        last = facts_of("contact", contact.pk).last()
        assert last is not None
        assert (last.actor_kind, last.depth) == ("system", 1)
        change_record(contact, {"company": None}, by=by)
        assert value(contact, "industry") is None


def test_roll_ups_follow_the_records_that_link_here(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_object(label="Machine", by=by)
        field(cast, "machine", "link", "Company", to="company")
        field(cast, "machine", "money", "Price")
        field(cast, "machine", "date", "Bought on")
        settings = {"of": "machine", "link": "company"}
        field(cast, "company", "roll_up", "Machines", **settings, do="count")
        field(cast, "company", "roll_up", "Worth", **settings, do="sum", field="price")
        field(cast, "company", "roll_up", "Dear ones", **settings, do="count", filter="price > 150")
        field(cast, "company", "roll_up", "Mean", **settings, do="average", field="price")
        field(cast, "company", "roll_up", "Newest", **settings, do="max", field="bought_on")
        field(cast, "company", "roll_up", "Last one", **settings, do="last", field="name")
        field(cast, "company", "formula", "Rich", formula="worth > 250")
        field(cast, "company", "roll_up", "Contacts", of="contact", link="company", do="count")
        one = create_record(object="company", values={"name": "A"}, by=by)
        two = create_record(object="company", values={"name": "B"}, by=by)
        assert value(one, "machines") == 0
        first = create_record(
            object="machine",
            values={"name": "M1", "company": one.pk, "price": 100, "bought_on": "2026-01-02"},
            by=by,
        )
        second = create_record(
            object="machine",
            values={"name": "M2", "company": one.pk, "price": 200, "bought_on": "2025-01-02"},
            by=by,
        )
        create_record(object="contact", values={"name": "X", "company": one.pk}, by=by)
        settle()
        assert value(one, "machines") == 2
        assert value(one, "worth") == Amount(Decimal(300), "CNY")
        assert value(one, "dear_ones") == 1
        assert value(one, "mean") == Amount(Decimal(150), "CNY")
        assert str(value(one, "newest")) == "2026-01-02"
        assert value(one, "last_one") == "M2"
        assert value(one, "rich") is True
        assert value(one, "contacts") == 1
        change_record(second, {"company": two.pk}, by=by)
        archive_record(first, by=by)
        settle()
        assert value(one, "machines") == 0
        assert value(one, "worth") is None
        assert value(one, "rich") is False
        assert value(two, "worth") == Amount(Decimal(200), "CNY")


def test_what_makes_no_sense_is_refused_with_its_place(cast: Cast):
    with in_workspace(cast.xishan.pk):
        with pytest.raises(InvalidValues) as problem:
            field(cast, "company", "formula", "X", formula="employees + nothing")
        assert problem.value.errors["settings"][0].at == 12  # type: ignore[attr-defined]
        for source, result in (
            ("", ""),
            ("phones", ""),
            ("parent", ""),
            ("name", "integer"),
            ("1", "colour"),
        ):
            with pytest.raises(InvalidValues):
                field(cast, "company", "formula", "X", formula=source, result=result)
        by_company = {"of": "contact", "link": "company"}
        for settings in (
            {},
            {"of": "contact", "link": "name"},
            {**by_company, "do": "sum", "field": "name"},
            {**by_company, "filter": "x = ("},
            {**by_company, "filter": "nothing = 1"},
            {"of": "nothing"},
        ):
            with pytest.raises(InvalidValues):
                field(cast, "company", "roll_up", "X", **settings)
        with pytest.raises(InvalidValues):
            field(cast, "company", "lookup", "X", link="parent", field="phones")


def test_circles_are_refused_also_across_objects(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        one = field(cast, "company", "formula", "One", formula="employees + 1")
        two = field(cast, "company", "formula", "Two", formula="one + 1")
        for source in ("two", "one + 1", "if(true, 1, parent.two)"):
            with pytest.raises(InvalidValues) as problem:
                change_field(one.pk, {"settings": {"formula": source}}, by=by)
            assert problem.value.errors["settings"][0].code == "circle"
        field(cast, "contact", "formula", "Three", formula="company.two")
        four = field(
            cast, "company", "roll_up", "Four", of="contact", link="company", do="sum", field="three"
        )
        with pytest.raises(InvalidValues) as problem:
            change_field(one.pk, {"settings": {"formula": "four"}}, by=by)
        assert problem.value.errors["settings"][0].code == "circle"
        with pytest.raises(InvalidValues):
            archive_field(two.pk, by=by)
        archive_field(four.pk, by=by)


def test_a_changed_formula_is_computed_for_all(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row = field(cast, "company", "formula", "Double", formula="employees * 2")
        many = create_records(
            object="company", rows=[{"name": f"c{one}", "employees": one} for one in range(1_200)], by=by
        )
        change_field(row.pk, {"settings": {"formula": "employees * 3"}}, by=by)
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        assert [value(many[place], "double") for place in (1, 600, 1_199)] == [3, 1_800, 3_597]


def test_in_bulk_and_record_by_record_is_the_same(cast: Cast):
    """Every kind of result, empty values too; what follows from a bulk result follows with it."""
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        for kind, label in (("decimal", "Rate"), ("money", "Worth"), ("date", "Due"), ("person", "Heir")):
            field(cast, "company", kind, label)
        for at in range(7):
            values = {
                "name": f"C{at}",
                "employees": at,
                "rate": f"{at}.3333",
                "heir": "李明",
                "due": "2026-01-31",
            }
            some = {
                name: one for place, (name, one) in enumerate(values.items()) if not place or (at + place) % 4
            }
            create_record(object="company", values={**some, "worth": at or None}, by=by)
        for label, source in (
            ("One", "employees * rate + 1"),
            ("Two", "one / 3"),
            ("Three", 'upper(name) & "-" & heir'),
            ("Four", "employees > 3 and rate < 5"),
            ("Five", "add_months(due, 1)"),
            ("Six", "if(four, round(two, 1), null)"),
            ("Seven", "worth * 2"),
        ):
            field(cast, "company", "formula", label, formula=source)
        field(cast, "company", "formula", "Eight", formula="worth + one", result="money")
    run_pending_jobs()
    names = ("one", "two", "three", "four", "five", "six", "seven", "eight")
    with in_workspace(cast.xishan.pk):
        obj = registry.get("company")
        records = list(obj.rows().order_by("pk"))
        bulk = [[obj[name].get(record) for name in names] for record in records]
        assert recalculate_in_bulk("company", "one")
        assert not recalculate_in_bulk("company", "nothing")
        recalculate_all(obj, records)
        assert bulk == [[obj[name].get(record) for name in names] for record in records]
        assert any(any(value is not None for value in column) for column in zip(*bulk, strict=True))
        assert bulk[6][0] == Decimal("38.9998") or bulk[5][0] == Decimal("27.6665")
