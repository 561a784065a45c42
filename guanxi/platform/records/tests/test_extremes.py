"""Numbers of thousands of digits, names that mean something else, very many fields, links in a circle."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.i18n.rates import convert, set_rate
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.overlay import renew_version
from guanxi.platform.metadata.shaping import MOST_FIELDS, add_field, add_object, change_field
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
HUGE = "9" * 5_000
STRANGE = ("id", "__class__", "__init__", "custom", "version", "and", "true", "Name", "a b", "-", "x" * 41)


def test_no_number_of_thousands_of_digits_is_an_error_of_ours(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="integer", label="Seats", by=by)
        add_field(object="company", type="money", label="Worth", by=by)
        add_field(object="company", type="link", label="Other", settings={"to": "company"}, by=by)
        company = create_record(object="company", values={"name": "A"}, by=by)
    web, at = client_for(cast.admin), f"/companies/{company.pk}"
    for typed in (HUGE, "-" + HUGE, "1e" + HUGE[:9], "9" * 20):
        for answer in (
            web.get("/companies/", {"after": typed, "filter": f"seats > {typed}"}),
            web.get("/companies/", {"filter": f"other = {typed}"}),
            web.get(f"{at}/changes/", {"before": typed}),
            web.post(f"{at}/edit/", {"name": "A", "version": typed, "seats": typed}),
            web.post(f"{at}/edit/", {"name": "A", "worth": typed, "worth-currency": "CNY", "other": typed}),
            web.post(
                "/settings/objects/company/",
                {"do": "add", "type": "text", "label-en": "x", "max_length": typed},
            ),
            web.post(
                "/settings/objects/company/",
                {"do": "add", "type": "choice", "label-en": "c", "options": typed},
            ),
            web.post(
                "/settings/objects/company/", {"do": "add", "type": "integer", "label-en": "i", "most": typed}
            ),
            web.get("/settings/objects/company/rules/", {"rule": typed}),
            web.get("/api/v1/companies", {"limit": typed}),
            web.get("/api/v1/companies", {"filter": f"worth > {typed}"}),
        ):
            assert answer.status_code < 500, (answer.request["PATH_INFO"], typed[:9])
    for value in (HUGE, f'"{HUGE}"', "1e999", '"1e999999999"'):
        for name in ("seats", "worth", "other", "employees"):
            body = f'{{"name": "B", "{name}": {value}}}'
            answer = web.post("/api/v1/companies", body, content_type="application/json")
            assert 400 <= answer.status_code < 500, (name, value[:9], answer.content[:200])
        body = f'{{"object": "company", "type": "integer", "label": "n", "settings": {{"most": {value}}}}}'
        assert 400 <= web.post("/api/v1/fields", body, content_type="application/json").status_code < 500


@pytest.mark.parametrize(
    ("typed", "read"),
    [("12", 12), (HUGE, None), ("9" * 19, None), ("٣", None), ("²", None), ("-1", None), (None, None)],
)
def test_whole_numbers_are_read_or_not(typed: str | None, read: int | None):
    assert read_whole(typed) == read


def test_an_amount_beyond_63_bits_has_no_base(cast: Cast):
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="money", label="Worth", by=actor(cast.admin))
        set_rate(currency="USD", date=date(2020, 1, 1), rate=Decimal(10**6))
        assert convert(Decimal(10**13), "USD", date(2026, 1, 1)) is None
        made = create_record(
            object="company", values={"name": "A", "worth": {"amount": 10**13, "currency": "USD"}},
            by=actor(cast.rep),
        )  # fmt: skip
        assert made.custom["worth"]["base"] is None


def test_names_that_mean_something_else_are_refused_and_labels_are_free(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for name in STRANGE:
            with pytest.raises(InvalidValues):
                add_field(object="company", type="text", label="x", name=name, by=by)
            label = name if len(name) > 40 else f"{name}"
            row = add_field(object="company", type="text", label=label, by=by)
            assert row.name not in STRANGE
            create_record(object="company", values={"name": "A", row.name: "v"}, by=by)
        add_field(object="company", type="text", label="字" * 200, by=by)
        with pytest.raises(InvalidValues):
            add_field(object="company", type="text", label="字" * 201, by=by)
    web = client_for(cast.admin)
    assert web.get("/companies/").status_code == 200
    assert web.get("/companies/new/").status_code == 200


def test_five_hundred_fields_of_ones_own(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        OwnField.objects.bulk_create(
            OwnField(
                workspace=cast.xishan,
                object="company",
                name=f"f{number}",
                type="text",
                label={"en": f"F{number}"},
            )
            for number in range(MOST_FIELDS)
        )
        renew_version(cast.xishan.pk)
        with pytest.raises(InvalidValues) as problem:
            add_field(object="company", type="text", label="one more", by=by)
        assert set(problem.value.errors) == {"name"}
        made = create_record(
            object="company",
            values={"name": "A", **{f"f{number}": "v" for number in range(MOST_FIELDS)}},
            by=by,
        )
        assert len(made.custom) == MOST_FIELDS
    web = client_for(cast.admin)
    for path in ("/companies/", f"/companies/{made.pk}/", "/companies/new/", "/settings/objects/company/"):
        assert web.get(path).status_code == 200


def test_links_in_a_circle(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_object(label="Alpha", by=by)
        add_object(label="Beta", by=by)
        add_field(object="alpha", type="link", label="Beta", name="to_beta", settings={"to": "beta"}, by=by)
        add_field(object="beta", type="link", label="Alpha", name="to_alpha", settings={"to": "alpha"}, by=by)
        add_field(object="alpha", type="link", label="Self", name="myself", settings={"to": "alpha"}, by=by)
        add_field(
            object="alpha",
            type="formula",
            label="Round",
            settings={"formula": "to_beta.to_alpha.name"},
            by=by,
        )
        settings = {"formula": "to_beta.to_alpha.to_beta.name"}
        with pytest.raises(InvalidValues):
            add_field(object="alpha", type="formula", label="Too far", settings=settings, by=by)
        first = create_record(object="alpha", values={"name": "a"}, by=by)
        second = create_record(object="beta", values={"name": "b", "to_alpha": first.pk}, by=by)
        from guanxi.platform.records.writing import change_record

        first = change_record(first, {"to_beta": second.pk, "myself": first.pk}, by=by)
        assert registry.get("alpha")["round"].get(first) == "a"
    web = client_for(cast.admin)
    assert web.get(f"/alphas/{first.pk}/").status_code == 200
    assert web.get("/alphas/?filter=to_beta.to_alpha.name%20%3D%20a").status_code == 200


def test_what_several_records_have_cannot_become_unique(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row = add_field(object="company", type="text", label="Code", by=by)
        number = add_field(object="company", type="integer", label="Number", by=by)
        for code in ("X1", "x1", "Y2"):
            create_record(object="company", values={"name": code, "code": code, "number": 7}, by=by)
        with pytest.raises(InvalidValues) as problem:
            change_field(row.pk, {"unique": True}, by=by)
        assert "“x1” × 2" in str(problem.value)
        with pytest.raises(InvalidValues):
            change_field(number.pk, {"unique": True}, by=by)
        wide = add_field(object="company", type="text", label="Width", by=by)
        for width in ("(A1)", "\uff08\uff21\uff11\uff09"):
            create_record(object="company", values={"name": width, "width": width}, by=by)
        with pytest.raises(InvalidValues) as problem:
            change_field(wide.pk, {"unique": True}, by=by)
        assert "“(a1)” × 2" in str(problem.value)
    answer = client_for(cast.admin).post(
        f"/settings/objects/company/{row.pk}/",
        {"do": "save", "version": "1", "label-en": "Code", "unique": "1"},
    )
    assert answer.status_code == 422
    assert "x1" in answer.content.decode()
