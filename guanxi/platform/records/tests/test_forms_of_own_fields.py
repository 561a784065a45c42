"""Forms of fields that a workspace made: what is typed is what is kept, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.models import OwnRecord
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def machine(cast: Cast) -> str:
    """An object with a phone, a duration and a rating of four stars; the address of its form."""
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_object(label={"en": "Machine"}, plural_label={"en": "Machines"}, by=by)
        add_field(object="machine", type="phones", label="Hotline", by=by)
        add_field(object="machine", type="duration", label="Setup", by=by)
        add_field(object="machine", type="rating", label="State", settings={"most": 4}, by=by)
    return "/machines/new/"


def test_a_phone_field_of_any_name_keeps_what_was_typed(cast: Cast, machine: str):
    web = client_for(cast.rep)
    page = web.get(machine).content.decode()
    assert 'name="hotline-0-typed"' in page
    sent = {
        "name": "Mill",
        "hotline-sent": "1",
        "hotline-0-kind": "work",
        "hotline-0-typed": "0571 8820 4411",
    }
    assert web.post(machine, sent).status_code == 302
    with in_workspace(cast.xishan.pk):
        made = OwnRecord.objects.get(name="Mill")
    assert [one["number"] for one in made.custom["hotline"]] == ["+8657188204411"]
    assert "0571 8820 4411" in web.get(f"/machines/{made.pk}/edit/").content.decode()


def test_a_duration_is_written_and_shown_with_its_hours(cast: Cast, machine: str):
    web = client_for(cast.rep)
    wrong = web.post(machine, {"name": "Mill", "setup": "an hour or so"})
    assert wrong.status_code == 422
    assert "1:30" in unescape(wrong.content.decode())
    assert web.post(machine, {"name": "Mill", "setup": "36:30"}).status_code == 302
    with in_workspace(cast.xishan.pk):
        made = OwnRecord.objects.get(name="Mill")
    assert made.custom["setup"] == 36 * 60 + 30
    assert 'value="36:30"' in web.get(f"/machines/{made.pk}/edit/").content.decode()
    cell = f"/machines/{made.pk}/cells/setup/"
    answer = web.patch(
        cell, "value=1 h 5 min", content_type="application/x-www-form-urlencoded", headers=HTMX
    )
    assert answer.status_code == 200
    assert 'data-value="1:05"' in answer.content.decode()
    assert web.get("/api/v1/machines").json()["data"][0]["setup"] == 65


def test_a_rating_is_chosen_among_its_stars(cast: Cast, machine: str):
    web = client_for(cast.rep)
    page = web.get(machine).content.decode()
    assert '<option value="4">★★★★</option>' in page
    assert '<option value="5">' not in page
    assert web.post(machine, {"name": "Mill", "state": "3"}).status_code == 302
    with in_workspace(cast.xishan.pk):
        made = OwnRecord.objects.get(name="Mill")
    editor = web.get(f"/machines/{made.pk}/cells/state/", headers=HTMX).content.decode()
    assert '<option value="3" selected>★★★☆</option>' in editor


def test_a_roll_up_says_what_it_needs_and_where_its_filter_ends_to_make_sense(cast: Cast, machine: str):
    web, page = client_for(cast.admin), "/settings/objects/machine/"
    assert "先给别的对象加一个关联字段" in web.get(page, {"add": "roll_up"}).content.decode()
    with in_workspace(cast.xishan.pk):
        add_object(label={"en": "Part"}, plural_label={"en": "Parts"}, by=actor(cast.admin))
        add_field(object="part", type="link", label="Host", settings={"to": "machine"}, by=actor(cast.admin))
    sent = {"do": "add", "type": "roll_up", "label-en": "Parts", "of": "part.host", "figure": "count"}
    wrong = web.post(page, {**sent, "filter": "name contains a and"})
    assert wrong.status_code == 422
    assert "第 20 个字符" in wrong.content.decode()
    assert web.post(page, {**sent, "filter": "name contains a"}).status_code == 302


def test_options_are_named_in_every_language(cast: Cast, machine: str):
    web = client_for(cast.admin)
    assert 'name="option-0-en"' in web.get("/settings/objects/machine/", {"add": "choice"}).content.decode()
    option = {"option-0": "运行", "option-0-en": "Running", "option-0-zh-hant": "運作中"}
    sent = {"do": "add", "type": "choice", "label-en": "Mode", "name": "mode", "options": "3", **option}
    assert web.post("/settings/objects/machine/", sent).status_code == 302
    with in_workspace(cast.xishan.pk):
        [kept] = OwnField.objects.get(object="machine", name="mode").settings["options"]
    assert kept["label"] == {"zh-hans": "运行", "zh-hant": "運作中", "en": "Running"}


def test_a_field_that_a_condition_shows_begins_with_its_default(cast: Cast, machine: str):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_field(object="machine", type="boolean", label="Leased", by=by)
        add_field(object="machine", type="integer", label="Months", default=12, visible_if="leased", by=by)
    web = client_for(cast.rep)
    assert 'name="months"' not in web.get(machine).content.decode()
    again = web.post(machine, {"name": "", "leased-sent": "1", "leased": "1"}).content.decode()
    control = again.partition('name="months"')[2].partition(">")[0]
    assert 'value="12"' in again.rpartition('name="months"')[0].rpartition("<input")[2] + control


def test_the_columns_of_a_list_are_taken_out_with_what_is_computed(cast: Cast, machine: str):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_field(object="machine", type="decimal", label="Price", by=by)
        add_field(object="machine", type="formula", label="Twice", settings={"formula": "price * 2"}, by=by)
        create_record(object="machine", values={"name": "Mill", "price": "2.5"}, by=by)
    web = client_for(cast.admin)
    shown = "/machines/export.csv?columns=twice,price&shown=1"
    heads, *rows = body(web.get(shown))
    assert heads.endswith(",Twice,Price")
    assert rows == ["Mill,5,2.5"]
    assert "Twice" not in next(body(web.get("/machines/export.csv?columns=twice,price")))
    assert "/machines/export.csv?shown=1" in unescape(
        web.get("/machines/?columns=twice,price").content.decode()
    )


def test_conditions_that_read_what_somebody_may_not_see_leave_their_forms_whole(cast: Cast, machine: str):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_field(object="machine", type="integer", label="Cost", by=by)
        add_field(object="machine", type="formula", label="Twice", settings={"formula": "cost * 2"}, by=by)
        add_field(object="machine", type="text", label="Why", visible_if="cost > 100", by=by)
        add_field(object="machine", type="text", label="Who", visible_if="empty(state)", by=by)
        values = {"name": "Mill", "cost": 200, "why": "new"}
        mill = create_record(object="machine", values=values, by=actor(cast.rep))
        role = cast.rep.role
        unseen = {"cost": "hidden", "twice": "hidden"}
        role.grants["machine"] = {**role.grants["*"], "fields": unseen}
        role.save(update_fields=["grants"])
    web = client_for(cast.rep)
    for page in (machine, f"/machines/{mill.pk}/", f"/machines/{mill.pk}/edit/"):
        answer = web.get(page)
        assert answer.status_code == 200, page
        assert "Twice" not in answer.content.decode()
    assert 'value="new"' in answer.content.decode()


def body(answer: Any) -> Iterator[str]:
    """The lines of a file that is streamed."""
    return iter(b"".join(answer).decode("utf-8-sig").split())
