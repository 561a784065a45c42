"""Rules, needed and shown by a condition: one place, whatever the door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guanxi.platform.metadata.computed import FormulaFault
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.models import OwnField, Rule
from guanxi.platform.metadata.shaping import (
    add_field,
    add_rule,
    archive_field,
    archive_rule,
    change_field,
    change_rule,
    restore_rule,
)
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.metadata.uses import uses_of
from guanxi.platform.metadata.versions import StaleVersion
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.writing import change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def seats_rule(cast: Cast, **more: Any) -> Rule:
    add_field(object="company", type="integer", label="Seats", by=actor(cast.admin))
    return add_rule(
        object="company",
        formula="seats <= employees",
        label={"en": "More seats than people", "zh-hans": "席位比人多"},
        field="seats",
        by=actor(cast.admin),
        **more,
    )


def wrong(problem: pytest.ExceptionInfo[InvalidValues]) -> dict[str, list[str]]:
    return {name: [one.message for one in found] for name, found in problem.value.errors.items()}


def test_a_rule_is_asked_of_every_verb(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        old = create_record(object="company", values={"name": "old", "employees": 1}, by=by)
        rule = seats_rule(cast)
        with pytest.raises(InvalidValues) as problem:
            create_record(object="company", values={"name": "A", "employees": 1, "seats": 2}, by=by)
        assert set(wrong(problem)) == {"seats"}
        fine = create_record(object="company", values={"name": "A", "employees": 3, "seats": 2}, by=by)
        create_record(object="company", values={"name": "nothing known", "seats": 2}, by=by)
        with pytest.raises(InvalidValues):
            change_record(fine, {"employees": 1}, by=by)
        with pytest.raises(InvalidValues):
            create_records(object="company", rows=[{"name": "B", "employees": 1, "seats": 2}], by=by)
        type(old).objects.filter(pk=old.pk).update(custom={"seats": 9})
        change_record(old, {"name": "what was there may stay"}, by=by)
        archive_rule(rule.pk, by=actor(cast.admin))
        change_record(fine, {"employees": 1}, by=by)
        restore_rule(rule.pk, by=actor(cast.admin))
        with pytest.raises(InvalidValues):
            change_record(fine, {"seats": 3}, by=by)


def test_a_rule_says_where_its_formula_is_wrong(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for formula, at in (("employees + 1", 0), ("employees > nothing_there", 12), ("employees >", 11)):
            with pytest.raises(InvalidValues) as problem:
                add_rule(object="company", formula=formula, label="x", by=by)
            (found,) = problem.value.errors["formula"]
            assert isinstance(found, FormulaFault)
            assert found.at == at
        with pytest.raises(InvalidValues) as said:
            add_rule(object="company", formula="employees > 1", label="", field="nope", by=by)
        assert set(said.value.errors) == {"label", "field"}
        with pytest.raises(Refused):
            add_rule(object="company", formula="employees > 1", label="x", by=actor(cast.rep))
        rule = add_rule(object="company", formula="employees > 1", label="x", by=by)
        change_rule(rule.pk, {"formula": "employees > 2"}, by=by, version=1)
        with pytest.raises(StaleVersion):
            change_rule(rule.pk, {"formula": "employees > 3"}, by=by, version=1)
    with in_workspace(cast.marlin.pk), pytest.raises(NotFound):
        change_rule(rule.pk, {"formula": "employees > 3"}, by=actor(cast.outsider))


def test_a_field_is_needed_and_shown_by_a_condition(cast: Cast):
    admin, by = actor(cast.admin), actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="text", label="Why", required_if='industry = "other"', by=admin)
        with pytest.raises(InvalidValues) as problem:
            create_record(object="company", values={"name": "A", "industry": "other"}, by=by)
        assert list(problem.value.errors) == ["why"]
        record = create_record(object="company", values={"name": "A", "industry": "water"}, by=by)
        with pytest.raises(InvalidValues):
            change_record(record, {"industry": "other"}, by=by)
        change_record(record, {"industry": "other", "why": "so"}, by=by)
        add_field(
            object="company",
            type="text",
            label="Pump",
            visible_if='industry = "water"',
            required=True,
            by=admin,
        )
        create_record(object="company", values={"name": "no pump needed", "industry": "food"}, by=by)
        with pytest.raises(InvalidValues) as needed:
            create_record(object="company", values={"name": "pump", "industry": "water"}, by=by)
        assert list(needed.value.errors) == ["pump"]
        with pytest.raises(InvalidValues):
            change_field(OwnField.objects.get(name="pump").pk, {"visible_if": "pump = null"}, by=admin)
    web = client_for(cast.rep)
    page = web.get(f"/companies/{record.pk}/").content.decode()
    assert "Pump" not in page
    assert 'name="pump"' not in web.get(f"/companies/{record.pk}/edit/").content.decode()
    shown = web.post(f"/companies/{record.pk}/edit/", {"name": "A", "industry": "water", "more": "shown"})
    assert 'name="pump"' in shown.content.decode()


def test_forms_and_api_say_it_at_the_field(cast: Cast):
    with in_workspace(cast.xishan.pk):
        seats_rule(cast)
    web = client_for(cast.rep)
    sent = {"name": "A", "employees": "1", "seats": "2"}
    answer = web.post("/companies/new/", sent)
    assert answer.status_code == 422
    assert "席位比人多" in answer.content.decode()
    answer = web.post("/api/v1/companies", json.dumps(sent), content_type="application/json")
    assert answer.status_code == 422
    assert "seats" in answer.content.decode()


def test_the_page_of_rules(cast: Cast):
    admin, page = client_for(cast.admin), "/settings/objects/company/rules/"
    assert client_for(cast.rep).get(page).status_code == 403
    assert admin.get(page).status_code == 200
    assert admin.get(page + "?new").status_code == 200
    bad = admin.post(page, {"do": "add", "formula": "employees >", "label-en": "x"})
    assert bad.status_code == 422
    assert "12" in bad.content.decode()
    assert (
        admin.post(page, {"do": "add", "formula": "employees > 0", "label-en": "People"}).status_code == 302
    )
    with in_workspace(cast.xishan.pk):
        rule = Rule.objects.get()
    assert admin.get(f"{page}?rule={rule.pk}").status_code == 200
    saved = {"do": "save", "id": rule.pk, "version": "1", "formula": "employees > 1", "label-en": "People"}
    assert admin.post(page, saved).status_code == 302
    assert admin.post(page, saved).status_code == 409
    assert admin.post(page, {"do": "archive", "id": rule.pk}).status_code == 302
    assert admin.post(page, {"do": "restore", "id": rule.pk}).status_code == 302
    outsider = client_for(cast.outsider)
    assert outsider.post(page, {"do": "archive", "id": rule.pk}).status_code == 404
    api = admin.get("/api/v1/rules?object=company").json()["data"]
    assert [one["formula"] for one in api] == ["employees > 1"]
    assert client_for(cast.rep).delete(f"/api/v1/rules/{rule.pk}").status_code == 403
    assert outsider.get(f"/api/v1/rules/{rule.pk}").status_code == 404


def test_rules_are_in_the_file_and_where_a_field_is_used(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        rule = seats_rule(cast)
        add_field(object="company", type="text", label="Note", required_if="seats > 10", by=by)
        SavedView.objects.create(workspace=cast.xishan, object="company", name="Large", filter="seats > 3")
        found = uses_of("company", "seats")
        assert {one.what for one in found} == {"rule", "condition", "view"}
        assert "Note" in _refused(OwnField.objects.get(name="seats").pk, by)[0].message
        text = write_shape(by=by)
        assert "rules.rule" in text
        archive_rule(rule.pk, by=by)
        assert [step.what for step in steps_to(read_shape(text))] == ["add"]
        apply_shape(read_shape(text), by=by)
        assert write_shape(by=by) == text
    admin = client_for(cast.admin)
    with in_workspace(cast.xishan.pk):
        seats = OwnField.objects.get(name="seats")
    page = admin.get(f"/settings/objects/company/{seats.pk}/").content.decode()
    assert "Large" in page
    assert admin.post(f"/settings/objects/company/{seats.pk}/", {"do": "archive"}).status_code == 409


def _refused(field_id: int, by: Any) -> list[Any]:
    with pytest.raises(InvalidValues) as problem:
        archive_field(field_id, by=by)
    return problem.value.errors["field"]
