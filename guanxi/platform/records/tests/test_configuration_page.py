"""Settings › Configuration file: what is written can be compared and applied by a page, step by step."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanxi.platform.metadata.models import OwnField, OwnObject
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
PLACE = "/settings/configuration/"
TEXT = """[objects.machine]
label = {en = "Machine"}
plural = "machines"

[objects.machine.fields.price]
type = "money"
label = {en = "Price"}
"""


def own_fields(cast: Cast) -> list[str]:
    with in_workspace(cast.xishan.pk):
        return list(OwnField.objects.filter(archived_at=None).order_by("name").values_list("name", flat=True))


def mark_of(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def compared(admin: Client, text: str, **more: str) -> str:
    answer = admin.post(PLACE, {"text": text, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_text_is_compared_first_and_applied_as_it_was_shown(cast: Cast):
    admin = client_for(cast.admin)
    page = compared(admin, TEXT)
    assert "machine.price" in page
    assert own_fields(cast) == []
    sent = {"text": TEXT, "do": "apply", "seen": mark_of(page)}
    assert admin.post(PLACE, sent).status_code == 302
    assert own_fields(cast) == ["price"]
    assert 'name="seen"' not in compared(admin, TEXT)  # nothing differs any more


def test_what_is_downloaded_is_what_there_is(cast: Cast):
    admin = client_for(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_object(label={"en": "Machine"}, by=actor(cast.admin))
        add_field(object="machine", type="text", label="Badge <b>", by=actor(cast.admin))
    answer = admin.get(f"{PLACE}file/")
    assert answer["Content-Disposition"].endswith('.toml"')
    text = answer.content.decode()
    assert "[objects.machine.fields.badge_b]" in text
    assert 'name="seen"' not in compared(admin, text)
    upload = SimpleUploadedFile("x.toml", text.replace("Badge <b>", "Badge <i>").encode())
    page = admin.post(PLACE, {"file": upload}).content.decode()
    assert "Badge &lt;i&gt;" in page
    assert "<b>" not in page.partition('id="steps"')[2].partition("</section>")[0]


def test_what_changed_since_it_was_shown_is_shown_again(cast: Cast):
    admin = client_for(cast.admin)
    seen = mark_of(compared(admin, TEXT))
    with in_workspace(cast.xishan.pk):
        add_object(name="machine", plural="machines", label={"en": "Machine"}, by=actor(cast.admin))
    answer = admin.post(PLACE, {"text": TEXT, "do": "apply", "seen": seen})
    assert answer.status_code == 200
    assert own_fields(cast) == []
    assert mark_of(answer.content.decode()) != seen


def test_what_a_text_does_not_name_goes_only_when_that_is_asked(cast: Cast):
    admin = client_for(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_object(label={"en": "Ship"}, by=actor(cast.admin))
    kept = compared(admin, TEXT)
    assert "<code>ship</code>" not in kept
    page = compared(admin, TEXT, remove="1")
    assert "<code>ship</code>" in page
    sent = {"text": TEXT, "do": "apply", "remove": "1", "seen": mark_of(page)}
    assert admin.post(PLACE, sent).status_code == 302
    with in_workspace(cast.xishan.pk):
        assert OwnObject.objects.get(name="ship").archived_at is not None


@pytest.mark.parametrize("text", ["", "[objects", "x = 1", '[objects.machine]\nnonsense = "x"', "\0"])
def test_what_is_no_such_text_is_said_and_kept(cast: Cast, text: str):
    answer = client_for(cast.admin).post(PLACE, {"text": text})
    assert answer.status_code == 422
    assert text.partition("\n")[0].replace("\0", "") in answer.content.decode()


def test_a_step_that_is_refused_does_nothing_of_the_rest(cast: Cast):
    admin = client_for(cast.admin)
    text = (
        TEXT
        + '\n[objects.machine.fields.worth]\ntype = "formula"\nlabel = "W"\nsettings = {formula = "1 +"}\n'
    )
    line = text.split("\n").index("[objects.machine.fields.worth]") + 1
    for sent in ({}, {"do": "apply", "seen": "0"}):
        answer = admin.post(PLACE, {"text": text, **sent})
        assert answer.status_code == 422
        said = answer.content.decode()
        assert "machine.worth" in said
        assert f"第 {line} 行第 1 列" in said
        assert 'value="apply"' not in said
    assert own_fields(cast) == []


def test_to_compare_leaves_nothing_behind(cast: Cast):
    admin = client_for(cast.admin)
    assert 'value="apply"' in compared(admin, TEXT)
    assert own_fields(cast) == []
    assert admin.get("/machines/").status_code == 404
    with in_workspace(cast.xishan.pk):
        assert not OwnObject.objects.exists()


def test_no_file_of_bytes_and_nobody_but_administrators(cast: Cast):
    upload = SimpleUploadedFile("x.toml", b"\xff\xfe\x00")
    assert client_for(cast.admin).post(PLACE, {"file": upload}).status_code == 422
    for who in (cast.rep, cast.manager, cast.observer):
        assert client_for(who).get(PLACE).status_code == 403
        assert client_for(who).get(f"{PLACE}file/").status_code == 403
        assert client_for(who).post(PLACE, {"text": TEXT}).status_code == 403
    with in_workspace(cast.xishan.pk):
        add_object(label={"en": "Machine"}, by=actor(cast.admin))
    assert "machine" not in client_for(cast.outsider).get(f"{PLACE}file/").content.decode()
