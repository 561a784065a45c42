"""What stands on a record's page is found on the search page: each kind of text, number and file name."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db

ALL: dict[str, Any] = {"verbs": ["*"], "see": "all", "edit": "all"}
SAID: dict[str, tuple[str, Any, list[str]]] = {
    "text": ("text", "蓝鲸批次", ["蓝鲸", "lanjing", "ljpc"]),
    "long_text": ("long_text", "first line\nquokka line", ["quokka"]),
    "rich_text": ("rich_text", "<p>The <strong>axolotl</strong> pump</p>", ["axolotl"]),
    "url": ("url", "https://narwhal.example/pumps", ["narwhal"]),
    "emails": ("emails", "capybara@lake.example", ["capybara@lake", "capybara"]),
    "phones": ("phones", "0571 8765 4321", ["8765 4321", "+8657187654321", "057187654321"]),
    "integer": ("integer", 734512, ["734512", "734,512"]),
    "decimal": ("decimal", "9182.75", ["9182.75", "9,182.75"]),
    "money": ("money", {"amount": "456789.50", "currency": "CNY"}, ["456789.5", "456,789.50"]),
    "person": ("person", {"family": "欧阳", "given": "靖远"}, ["欧阳靖远", "ouyang"]),
    "address": ("address", {"province": "浙江", "city": "杭州", "street": "雷峰塔路 7 号"}, ["雷峰塔"]),
}


def found(who: Any, text: str) -> bool:
    return "青禾水务" in client_for(who).get("/search/", {"q": text}).content.decode()


@pytest.mark.parametrize("kind", list(SAID))
def test_a_value_of_an_own_field_is_found(cast: Cast, kind: str):
    type_, value, asked = SAID[kind]
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type=type_, label="Own", name="own", by=actor(cast.admin))
        create_record(object="company", values={"name": "青禾水务", "own": value}, by=actor(cast.rep))
        drain_events()
    page = client_for(cast.rep)
    assert page.get("/companies/").status_code == 200
    for text in asked:
        assert found(cast.rep, text), text
        assert not found(cast.stranger, text)
        assert not found(cast.outsider, text)


def test_a_file_is_found_by_its_name_in_a_field_and_beside_the_record(cast: Cast):
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="file", label="Drawing", name="drawing", by=actor(cast.admin))
    rep = client_for(cast.rep)
    made = rep.post(
        "/companies/new/",
        {"name": "青禾水务", "drawing-file": SimpleUploadedFile("泵房图纸-v3.txt", b"lines")},
    )
    assert made.status_code == 302, made.content.decode()
    attached = SimpleUploadedFile("barracuda-offer.txt", b"an offer")
    assert rep.post(f"{made['Location']}attachments/", {"files": attached}).status_code == 303
    with in_workspace(cast.xishan.pk):
        drain_events()
    for text in ("泵房图纸", "beng fang", "barracuda"):
        assert found(cast.rep, text), text
        assert not found(cast.stranger, text)
        assert not found(cast.outsider, text)


def test_a_tag_and_a_choice_lead_to_their_lists(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        tag = add_tag(name="老朋友 客户", by=by)
        settings = {"options": ["Narwhal tier", "Other tier"]}
        add_field(object="company", type="choice", label="Rank", name="rank", settings=settings, by=by)
        field = registry.get("company")["rank"]
        assert isinstance(field, Choice)
        rank = next(one.value for one in field.options if "Narwhal" in str(one.label))
        values = {"name": "青禾水务", "tags": [tag.pk], "rank": rank}
        create_record(object="company", values=values, by=actor(cast.rep))
        create_record(object="company", values={"name": "Other Ltd."}, by=actor(cast.rep))
        drain_events()
    for typed in ("老朋友", "laopengyou", "narwhal"):
        for headers in ({}, {"HX-Request": "true", "HX-Target": "palette-list"}):
            page = client_for(cast.rep).get("/search/", {"q": typed}, headers=headers).text
            (address,) = re.findall(r'"(/companies/\?filter=[^"]+)"', page)
        listed = client_for(cast.rep).get(html.unescape(address)).text
        assert "青禾水务" in listed
        assert "Other Ltd." not in listed
        assert "/companies/?filter" not in client_for(cast.outsider).get("/search/", {"q": typed}).text
    give_role(cast.manager, {"*": ALL, "company": {**ALL, "fields": {"rank": "hidden", "tags": "hidden"}}})
    for typed in ("老朋友", "narwhal"):
        assert "/companies/?filter" not in client_for(cast.manager).get("/search/", {"q": typed}).text


def test_an_amount_that_a_role_does_not_see_finds_nothing(cast: Cast):
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="money", label="Own", name="own", by=actor(cast.admin))
        values = {"name": "青禾水务", "own": {"amount": "456789.50", "currency": "CNY"}}
        create_record(object="company", values=values, by=actor(cast.rep))
        drain_events()
    assert found(cast.manager, "456789.5")
    for right in ("hidden", "masked1"):
        give_role(cast.manager, {"*": ALL, "company": {**ALL, "fields": {"own": right}}})
        assert not found(cast.manager, "456789.5")
        assert found(cast.manager, "青禾")
