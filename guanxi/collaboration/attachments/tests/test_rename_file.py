"""Renaming a file of a record: with all its versions, as a fact, found under the new name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.attachments.tests.test_attachments import (
    PNG,
    attach,
    contact,
    kept_in,
    photo,
)
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.records.search import find_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

__all__ = ["contact", "kept_in", "photo"]
pytestmark = pytest.mark.django_db


def rename(member: Any, photo: Attachment, name: str) -> Any:
    return Program(member, ["*:read", "*:write"])("PATCH", f"/attachments/{photo.pk}", {"name": name})


def test_all_versions_have_the_new_name_and_the_record_is_found_by_it(cast: Cast, contact, photo):
    attach(cast.rep, contact, ("现场.png", PNG + b"2"))
    assert rename(cast.rep, photo, "../泵房.png").json()["name"] == "泵房.png"
    with in_workspace(cast.xishan.pk):
        drain_events()
        assert sorted(Attachment.objects.values_list("name", "version")) == [("泵房.png", 1), ("泵房.png", 2)]
        fact = Fact.objects.filter(object="contact", record_id=contact.pk).order_by("id").last()
        assert (fact.name, fact.data["was"], fact.data["name"]) == ("contact.renamed", "现场.png", "泵房.png")
        assert [hit.ref.title for hit in find_records("泵房", by=actor(cast.rep))] == ["王若溪"]
    page = client_for(cast.rep).get(f"/contacts/{contact.pk}/timeline/").content.decode()
    assert "现场.png 改名为 泵房.png" in page
    changes = client_for(cast.rep).get(f"/contacts/{contact.pk}/changes/").content.decode()
    assert "现场.png 改名为 泵房.png" in changes


def test_a_name_that_is_taken_is_refused_and_one_that_was_removed_keeps_its_numbers(cast, contact, photo):
    attach(cast.rep, contact, ("b.png", PNG + b"b"))
    refused = rename(cast.rep, photo, "b.png")
    assert refused.json()["fields"]["name"][0]["code"] == "taken"
    with in_workspace(cast.xishan.pk):
        other = Attachment.objects.get(name="b.png")
    client = client_for(cast.rep)
    client.post(f"/files/{other.pk}/removal/")
    assert rename(cast.rep, photo, "b.png").status_code == 200
    client.post(f"/files/{other.pk}/return/")
    with in_workspace(cast.xishan.pk):
        here = Attachment.objects.filter(removed_at=None, name="b.png")
        assert dict(here.values_list("version", "pk")) == {1: other.pk, 2: photo.pk}


def test_the_same_name_is_nothing_and_others_may_not(cast, contact, photo):
    assert rename(cast.rep, photo, "现场.png").status_code == 200
    for member, status in ((cast.observer, 403), (cast.stranger, 404), (cast.outsider, 404)):
        assert rename(member, photo, "x").status_code == status
    with in_workspace(cast.xishan.pk):
        assert not Fact.objects.filter(verb="renamed").exists()


@pytest.mark.parametrize("blank", ["", "  ", " . ", "a/", "\u200b"])
def test_a_blank_name_is_refused_with_words_and_the_old_one_stays(cast, contact, photo, blank):
    client = client_for(cast.rep)
    address, htmx = f"/files/{photo.pk}/renaming/", {"HX-Request": "true"}
    said = client.post(address, {"name": blank}, headers=htmx, follow=True)
    assert "填写文件名" in json.loads(said["HX-Trigger"])["toast"]["text"]
    refused = rename(cast.rep, photo, blank)
    assert refused.status_code == 422
    with in_workspace(cast.xishan.pk):
        photo.refresh_from_db()
        assert photo.name == "现场.png"
        assert not Fact.objects.filter(verb="renamed").exists()
