"""Two administrators have one definition open: the second is told what the first did, and loses nothing."""

from __future__ import annotations

import re

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.metadata.models import OwnField, Rule
from guanxi.platform.metadata.shaping import add_field, add_object, add_rule
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, new_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(cast: Cast):
    return new_member(cast.xishan, "second@xishan.example", "苏二", role="administrator", team=cast.top)


def field(cast: Cast, **more) -> OwnField:
    with in_workspace(cast.xishan.pk):
        return add_field(
            object="company", type="text", label={"en": "Tier"}, name="tier", by=actor(cast.admin), **more
        )


def version_in(page: str) -> str:
    found = re.findall(r'name="version" value="(\d+)"', page)
    assert found
    return str(found[-1])


def test_the_second_of_two_pages_is_told_what_changed_and_keeps_what_was_typed(cast: Cast, second):
    row = field(cast)
    path = f"/settings/objects/company/{row.pk}/"
    mine, hers = client_for(cast.admin), client_for(second)
    seen = version_in(mine.get(path).content.decode())
    assert version_in(hers.get(path).content.decode()) == seen
    sent = {"do": "save", "version": seen, "label-en": "Tier", "required": "on", "help-en": "How large"}
    assert hers.post(path, sent).status_code == 302
    typed = {"do": "save", "version": seen, "label-en": "Grade", "help-en": "My own words"}
    late = mine.post(path, typed)
    page = late.content.decode()
    assert late.status_code == 409
    assert "苏二" in page
    assert "How large" in page
    assert "My own words" in page
    assert 'value="Grade"' in page
    with in_workspace(cast.xishan.pk):
        row.refresh_from_db()
        assert (row.label, row.help, row.required) == ({"en": "Tier"}, {"en": "How large"}, True)
    again = mine.post(path, {**typed, "version": version_in(page)})
    assert again.status_code == 302
    with in_workspace(cast.xishan.pk):
        row.refresh_from_db()
        assert row.help == {"en": "My own words"}
    history = hers.get(path).content.decode()
    assert "How large → My own words" in history


def test_the_second_of_two_programs_is_told_what_changed(cast: Cast, second):
    row = field(cast)
    mine, hers = (Program(one, ["*:read", "*:write"]) for one in (cast.admin, second))
    door = f"/fields/{row.pk}"
    seen = mine("GET", door)["ETag"]
    assert hers("PATCH", door, {"help": {"en": "How large"}}, if_match=seen).status_code == 200
    late = mine("PATCH", door, {"help": {"en": "Mine"}, "required": True}, if_match=seen)
    told = late.json()
    assert (late.status_code, told["code"], told["changed_by"]) == (412, "stale", "苏二")
    assert told["changes"] == {"help": {"read": {}, "now": {"en": "How large"}}}
    assert mine("GET", door).json()["help"] == {"en": "How large"}
    assert mine("PATCH", door, {"help": {"en": "Mine"}}, if_match=f'"{told["version"]}"').status_code == 200


def test_the_form_of_an_object_and_of_a_rule_keep_what_was_typed(cast: Cast, second):
    with in_workspace(cast.xishan.pk):
        made = add_object(label="Machine", plural_label="Machines", by=actor(cast.admin))
        rule = add_rule(
            object="company", label={"en": "Named"}, formula='name != ""', field="", by=actor(cast.admin)
        )
    mine, hers = client_for(cast.admin), client_for(second)
    path = f"/settings/objects/{made.name}/"
    seen = version_in(mine.get(f"{path}?object").content.decode())
    sent = {"do": "change", "version": seen, "icon": "box", "group": "operations"}
    assert hers.post(path, {**sent, "label-en": "Engine", "plural_label-en": "Engines"}).status_code == 303
    late = mine.post(path, {**sent, "label-en": "Device", "plural_label-en": "Devices"})
    page = late.content.decode()
    assert late.status_code == 409
    for word in ("苏二", "Engine", 'value="Device"', 'value="Devices"'):
        assert word in page
    door = "/settings/objects/company/rules/"
    told = {"do": "save", "id": rule.pk, "version": rule.version, "field": ""}
    assert hers.post(door, {**told, "label-en": "Named", "formula": 'name != "x"'}).status_code == 302
    late = mine.post(door, {**told, "label-en": "Named", "formula": 'name != "mine"'})
    page = late.content.decode()
    assert late.status_code == 409
    assert "苏二" in page
    assert "mine" in page
    with in_workspace(cast.xishan.pk):
        assert Rule.objects.get(pk=rule.pk).formula == 'name != "x"'
