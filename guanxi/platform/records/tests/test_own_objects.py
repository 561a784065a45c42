"""Objects that a workspace made, through every door: pages, board, search, import, export, API, rights."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.models import Role
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.models import OwnField, OwnObject
from guanxi.platform.metadata.shaping import (
    add_field,
    add_object,
    archive_field,
    archive_object,
    change_object,
    restore_object,
)
from guanxi.platform.records.models import OwnRecord
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
LABELS: dict[str, Any] = {
    "label": {"en": "Machine", "zh-hans": "设备"},
    "plural_label": {"en": "Machines", "zh-hans": "设备"},
}


@pytest.fixture
def machines(cast: Cast) -> Any:
    """Machines with a state, a price and a company; one of the rep's, one of the stranger's."""
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row = add_object(**LABELS, icon="monitor", by=admin)
        options = {
            "options": [{"label": {"en": "Running", "zh-hans": "运行中"}, "tone": "malachite"}, "Stopped"]
        }
        add_field(object="machine", type="choice", label="State", settings=options, by=admin)
        add_field(object="machine", type="money", label="Price", by=admin)
        add_field(object="machine", type="link", label="Company", settings={"to": "company"}, by=admin)
        change_object(row.pk, {"board": "state"}, by=admin)
        company = create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))
        mine = create_record(
            object="machine",
            values={"name": "WQ-200", "state": "Running", "price": "1200", "company": company.pk},
            by=actor(cast.rep),
        )
        far = create_record(object="machine", values={"name": "WQ-900"}, by=actor(cast.stranger))
    drain_events()
    return row, company, mine, far


def test_an_object_is_made_on_its_page_and_stands_in_the_navigation(cast: Cast):
    admin = client_for(cast.admin)
    assert admin.get("/settings/objects/?new").status_code == 200
    sent = {
        "label-en": "Site visit",
        "label-zh-hans": "现场勘查",
        "icon": "map-pin",
        "group": "service",
        "touched": "1",
    }
    made = admin.post("/settings/objects/", sent)
    assert made["Location"] == "/settings/objects/site_visit/?new"
    assert admin.get(made["Location"]).status_code == 200
    page = client_for(cast.rep).get("/companies/").content.decode()
    assert "/site_visits/" in page
    assert "现场勘查" in page
    assert "/site_visits/" not in client_for(cast.outsider).get("/companies/").content.decode()
    form = {
        "do": "change",
        "version": "1",
        "label-en": "Visit",
        "group": "sales",
        "icon": "box",
        "board": "nothing",
    }
    assert admin.post("/settings/objects/site_visit/", form).status_code == 422
    assert admin.post("/settings/objects/site_visit/", {**form, "board": ""}).status_code == 303
    assert (
        admin.post("/settings/objects/", {"label-en": "Company"}).status_code == 303
    )  # company_2: it has a name
    for name in ("company", "settings", "id_", "Machine", "__class__", "members"):
        assert admin.post("/settings/objects/", {"label-en": "x", "name": name}).status_code == 422, name


def test_pages(cast: Cast, machines: Any):
    _row, company, mine, far = machines
    rep = client_for(cast.rep)
    listed = rep.get("/machines/").content.decode()
    assert "WQ-200" in listed
    assert "WQ-900" not in listed
    page = rep.get(f"/machines/{mine.pk}/")
    assert page.status_code == 200
    assert "运行中" in page.content.decode()
    assert rep.get(f"/machines/{mine.pk}/peek/").status_code == 200
    assert rep.get(f"/machines/{far.pk}/").status_code == 404
    assert rep.get(f"/machines/{company.pk}/").status_code == 404
    assert rep.get(f"/companies/{mine.pk}/").status_code == 404
    assert "WQ-200" in rep.get(f"/companies/{company.pk}/machines/").content.decode()
    made = rep.post(
        "/machines/new/", {"name": "WQ-300", "state": "stopped", "price": "10", "price-currency": "CNY"}
    )
    assert made.status_code == 302
    assert "WQ-300" in rep.get("/machines/?filter=state%20%3D%20stopped&sort=-price").content.decode()
    assert rep.get("/machines/?filter=company.name%20contains%20青禾").content.decode().count("WQ-200") >= 1


def test_the_board_is_by_a_choice(cast: Cast, machines: Any):
    _row, _company, mine, _far = machines
    rep = client_for(cast.rep)
    page = rep.get("/machines/board/").content.decode()
    assert "运行中" in page
    assert "WQ-200" in page
    moved = rep.post(
        f"/machines/{mine.pk}/lane/", {"lane": "stopped", "version": "1"}, headers={"HX-Request": "true"}
    )
    assert moved.status_code == 200
    assert rep.post(f"/machines/{mine.pk}/lane/", {"lane": "~"}).status_code == 302
    with in_workspace(cast.xishan.pk):
        mine.refresh_from_db()
        assert "state" not in mine.custom
        assert [fact.verb for fact in facts_of("machine", mine.pk)] == ["created", "changed", "changed"]
    assert "WQ-200" in rep.get("/machines/board/").content.decode()


def test_search_and_timeline(cast: Cast, machines: Any):
    _row, _company, mine, _far = machines
    assert "WQ-200" in client_for(cast.rep).get("/search/?q=WQ-2").content.decode()
    assert "WQ-200" not in client_for(cast.stranger).get("/search/?q=WQ-2").content.decode()
    assert client_for(cast.rep).get(f"/machines/{mine.pk}/changes/").status_code == 200


def test_the_api(cast: Cast, machines: Any):
    _row, company, mine, far = machines
    rep, stranger = Program(cast.rep, EVERYTHING), Program(cast.stranger, EVERYTHING)
    found = rep("GET", f"/machines/{mine.pk}").json()
    assert found["price"] == {"amount": "1200", "currency": "CNY"}
    assert found["company"] == {"id": str(company.pk), "title": "青禾水务"}
    assert rep("GET", f"/machines/{far.pk}").status_code == 404
    for method, path, body in (
        ("GET", f"/machines/{mine.pk}", None),
        ("PATCH", f"/machines/{mine.pk}", {"name": "x"}),
        ("DELETE", f"/machines/{mine.pk}", None),
        ("GET", f"/machines/{mine.pk}/facts", None),
        ("POST", f"/machines/{mine.pk}/restoration", {}),
    ):
        assert stranger(method, path, body).status_code == 404, path
        assert Program(cast.outsider, EVERYTHING)(method, path, body).status_code == 404, path
    assert rep("GET", "/machines/summary?group=state&sum=price").json()["data"][0]["sums"] == {
        "price": "1200"
    }
    described = rep("GET", "/openapi.json").json()
    assert "/api/v1/machines/{id}" in described["paths"]
    assert (
        "/api/v1/machines" not in Program(cast.outsider, EVERYTHING)("GET", "/openapi.json").json()["paths"]
    )
    assert "/machines/" in rep("POST", "/machines", {"name": "new"})["Location"]
    assert [one["own"] for one in rep("GET", "/objects").json()["data"] if one["name"] == "machine"] == [True]


def test_a_role_grants_it_by_name(cast: Cast, machines: Any):
    assert "machine" in client_for(cast.admin).get("/settings/roles/new/").content.decode()
    with in_workspace(cast.xishan.pk):
        role = Role.objects.get(system="member")
        role.grants = {**role.grants, "machine": {"verbs": [], "see": "none", "edit": "none"}}
        role.version += 1
        role.save()
    rep = client_for(cast.rep)
    assert rep.get("/machines/").status_code == 403
    assert "/machines/" not in rep.get("/companies/").content.decode()
    assert Program(cast.rep, EVERYTHING)("GET", "/machines").status_code == 403


def test_export_and_import(cast: Cast, machines: Any, tmp_path: Any):
    admin = client_for(cast.admin)
    answer = admin.get("/machines/export.csv?columns=name,state,price,company")
    exported = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "WQ-200" in exported.decode("utf-8-sig")
    assert "运行中" in exported.decode("utf-8-sig")
    from django.core.management import call_command

    source = tmp_path / "machines.csv"
    source.write_text("设备,State,Price\nWQ-501,运行中,300\nWQ-502,Stopped,400\n", encoding="utf-8")
    call_command(
        "import", str(source), workspace="xishan", by=cast.admin.user.email, yes=True, object=["machine"]
    )
    with in_workspace(cast.xishan.pk):
        found = OwnRecord.objects.get(name="WQ-501")
        assert found.kind == "machine"
        assert found.custom["state"] == "running"


def test_an_archived_object_takes_its_records_along_and_brings_them_back(cast: Cast, machines: Any):
    row, company, mine, _far = machines
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        archive_object(row.pk, by=by)
        assert not registry.has("machine")
    rep = client_for(cast.rep)
    assert rep.get("/machines/").status_code == 404
    assert rep.get(f"/companies/{company.pk}/").status_code == 200
    assert rep.get("/search/?q=WQ-2").status_code == 200
    assert rep.get("/today/").status_code == 200
    drain_events()
    with in_workspace(cast.xishan.pk):
        restore_object(row.pk, by=by)
    assert "WQ-200" in rep.get(f"/machines/{mine.pk}/").content.decode()


def test_two_objects_of_one_table_stay_apart(cast: Cast, machines: Any):
    _row, _company, mine, _far = machines
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_object(label="Site", by=by)
        site = create_record(object="site", values={"name": "Hangzhou"}, by=actor(cast.rep))
    rep = Program(cast.rep, EVERYTHING)
    assert rep("GET", f"/sites/{mine.pk}").status_code == 404
    assert rep("GET", f"/machines/{site.pk}").status_code == 404
    assert [one["name"] for one in rep("GET", "/sites?fields=name").json()["data"]] == ["Hangzhou"]
    assert json.loads(rep("GET", "/machines?fields=name&total=true").content)["total"] == 1


def test_another_workspace_may_have_one_of_the_same_name(cast: Cast, machines: Any):
    with in_workspace(cast.marlin.pk):
        add_object(**LABELS, by=actor(cast.outsider))
        assert OwnObject.objects.count() == 1
        assert "state" not in registry.get("machine").fields_by_name
    outsider: Client = client_for(cast.outsider)
    assert "WQ-200" not in outsider.get("/machines/").content.decode()


def test_a_layout_that_an_object_no_longer_has_is_a_table(cast: Cast, machines: Any):
    row, *_others = machines
    admin, web = actor(cast.admin), client_for(cast.rep)
    with in_workspace(cast.xishan.pk):
        due = add_field(object="machine", type="date", label="Due", by=admin)
        state = OwnField.objects.get(object="machine", name="state")
    views = [
        web.post("/machines/views/", {"name": layout, "layout": layout, "by": by})["Location"]
        for layout, by in (("calendar", "due"), ("board", "state"))
    ]
    assert 'id="cal"' in web.get(views[0]).content.decode()
    with in_workspace(cast.xishan.pk):
        change_object(row.pk, {"board": ""}, by=admin)
        for one in (due, state):
            archive_field(one.pk, by=admin)
    for address in ("/machines/?layout=map", "/machines/?layout=board", views[1].replace("/board/", "/")):
        page = web.get(address, follow=True)
        assert page.status_code == 200, address
        assert '<tr id="row-' in page.content.decode()
    assert 'id="cal"' in web.get(views[0]).content.decode(), "every record has days of its own"
