"""What always has a value can be emptied through no door: it begins again, or has to be said."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from guanxi.api.tests.test_rest import Program
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.writing import clean_values
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def emptied(cast: Cast, object: str, name: str) -> Any:
    by, obj = actor(cast.admin), registry.get(object)
    return clean_values(obj, {name: None}, by=by, context=field_context(by), creating=False)[name]


def test_no_field_of_any_object_becomes_what_its_column_refuses(cast: Cast):
    tried = 0
    with in_workspace(cast.xishan.pk), reading():
        for obj in registry.objects():
            for name in obj.never_empty:
                field = obj[name]
                if field.readonly or field.required:
                    continue
                tried += 1
                with suppress(InvalidValues):
                    assert emptied(cast, obj.name, name) is not None, (obj.name, name)
    assert tried > 20


def test_a_number_is_nothing_again_and_a_choice_has_to_be_said(cast: Cast):
    admin = Program(cast.admin, ["*:read", "*:write"])
    made = admin("POST", "/companies", {"name": "青禾水务", "role": "", "score": None})
    assert (made.status_code, made.json()["role"], made.json()["score"]) == (201, "prospect", 0)
    path = f"/companies/{made.json()['id']}"
    admin("PATCH", path, {"score": 40})
    assert admin("PATCH", path, {"score": ""}).json()["score"] == 0
    refused = admin("PATCH", path, {"role": None})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["role"])


_NO_LINKS: tuple[Any, ...] = (0, True, [None], [[]], 1e300, [7], {"a": 1})
ILL_FORMED: tuple[tuple[str, str, Any], ...] = (
    *(("activities", "about", wrong) for wrong in _NO_LINKS),
    ("contacts", "emails", {"mail": "a@b.example"}),
    ("contacts", "phones", [{"no": "0571"}]),
    ("contacts", "addresses", {"town": "x"}),
    ("companies", "website", "9" * 300),
    ("companies", "website", "https://a.example/" + "x" * 500),
)


def test_ill_formed_values_are_told_as_that(cast: Cast):
    admin = Program(cast.admin, ["*:read", "*:write"])
    for plural, name, wrong in ILL_FORMED:
        title = "subject" if plural == "activities" else "name"
        made = admin("POST", f"/{plural}", {title: "x", name: wrong})
        assert (made.status_code, list(made.json()["fields"])) == (422, [name]), wrong
    assert (
        admin("POST", "/contacts", {"name": "x", "phones": [{"kind": "work", "no": ""}]}).status_code == 201
    )
    long = ".".join(["a" * 60] * 4)
    assert admin("POST", "/companies", {"name": "x", "website": long}).status_code == 201


def test_an_address_is_measured_with_what_is_put_before_it(cast: Cast):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        field, context = registry.get("company")["website"], field_context(actor(cast.admin))
        with pytest.raises(FieldError):
            field.clean("a.example/" + "x" * 489, context)
