"""What the product makes itself is read by every door and written by none; all objects are walked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from guanxi.api.tests.test_rest import Program
from guanxi.automation.workflows.forms import creatable_options
from guanxi.automation.workflows.recipe import check_recipe
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import BY_HAND
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.importing.memberships import importables
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.commissions.models import Commission, CommissionLine
from guanxi.sales.commissions.tests.test_commissions import a_rule, receipt_of
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
DERIVED = [one.name for one in registry.shipped_objects() if one.derived]


@dataclass
class Made:
    """A statement with a line, as the product makes them of a receipt."""

    cast: Cast
    ids: dict[str, int]

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        with in_workspace(self.cast.xishan.pk):
            for name in DERIVED:
                found += registry.get(name).model_class.objects.order_by("pk").values()
        return found


@pytest.fixture
def made(cast: Cast) -> Made:
    with in_workspace(cast.xishan.pk):
        a_rule(cast)
        receipt_of(cast, "1000")
    drain_events()
    with in_workspace(cast.xishan.pk):
        ids = {"commission": Commission.objects.get().pk, "commission_line": CommissionLine.objects.get().pk}
    assert set(ids) == set(DERIVED), "a derived object needs a record here"
    return Made(cast, ids)


def test_every_object_says_by_whom_its_records_are_made(cast: Cast):
    client = client_for(cast.admin)
    paths = client.get("/api/v1/openapi.json").json()
    said = {one["name"]: one for one in client.get("/api/v1/objects").json()["data"]}
    with in_workspace(cast.xishan.pk):
        every, offered = registry.objects(), {one.value for one in creatable_options()}
        brought = {one.name for one in importables()}
        for obj in every:
            assert said[obj.name]["derived"] is obj.derived
            written = {
                path: set(one) - {"get"}
                for path, one in paths["paths"].items()
                if path.split("/")[3] == obj.plural and set(one) - {"get"}
            }
            ways = {path.rpartition("/")[2] for path in written}
            verbs = {one.noun for one in obj.verbs}
            if obj.derived:
                assert all(one.readonly for one in obj.fields), obj
                assert ways - verbs == {"reveal"}, obj
                assert f"{obj.name.capitalize()}Values" not in paths["components"]["schemas"]
                assert obj.name not in offered | brought
                assert not any(actor(cast.admin).may(verb, obj.name) for verb in BY_HAND)
            else:
                assert {"{id}", "batch", "merger", "deletion", obj.plural} <= ways, obj
                assert obj.writable, obj
                assert actor(cast.admin).may("create", obj.name)
                assert not obj.group or {obj.name} <= offered & brought


@pytest.mark.parametrize("name", DERIVED)
def test_its_pages_offer_nothing_to_type_and_take_nothing(made: Made, name: str):
    client, obj, before = client_for(made.cast.admin), registry.get(name), made.rows()
    record = f"/{obj.plural}/{made.ids[name]}/"
    pages = (f"/{obj.plural}/", record, f"{record}peek/", f"{record}history/", "/changes/", "/import/")
    for page in pages:
        shown = client.get(page).content.decode()
        for link in (f"/{obj.plural}/new/", f"{record}edit/", f"{record}archive/", f"{record}delete/"):
            assert link not in shown, (page, link)
        assert f'value="{name}"' not in shown or page == "/changes/", (
            page
        )  # where it is an object to look for
    assert "/undo/" not in client.get(f"{record}history/").content.decode()
    assert client.get(f"/{obj.plural}/new/").status_code == 403
    assert client.get(f"{record}edit/").status_code == 403
    for page, sent in _sent(obj, made.ids[name]):
        assert client.post(page, sent).status_code in (403, 404, 422), page
    assert made.rows() == before


def _sent(obj: Object, record_id: int) -> list[tuple[str, dict[str, Any]]]:
    record, chosen = f"/{obj.plural}/{record_id}/", {"id": [str(record_id), "1"]}
    return [
        (f"/{obj.plural}/new/", {"name": "mine", "month": "2026-01-01"}),
        (f"{record}edit/", {"name": "mine"}),
        (f"{record}fields/name/", {"name": "mine"}),
        (f"{record}cells/name/", {"name": "mine"}),
        (f"{record}archive/", {}),
        (f"{record}delete/", {"sure": "1"}),
        (f"/{obj.plural}/bulk/edit/", {**chosen, "field": "name", "value": "mine", "name": "mine"}),
        (f"/{obj.plural}/bulk/archive/", chosen),
        (f"/{obj.plural}/bulk/delete/", chosen),
        (f"/{obj.plural}/bulk/merge/", chosen),
    ]


@pytest.mark.parametrize("name", DERIVED)
def test_its_api_takes_nothing(made: Made, name: str):
    program, obj, before = Program(made.cast.admin, ["*:read", "*:write"]), registry.get(name), made.rows()
    base, record = f"/{obj.plural}", f"/{obj.plural}/{made.ids[name]}"
    assert program("GET", record).status_code == 200
    operations = [{"do": "archive", "id": str(made.ids[name])}]
    answers = [
        program("POST", base, {"month": "2026-01-01"}),
        program("PATCH", record, {"name": "mine"}),
        program("DELETE", record, None),
        program("POST", f"{record}/deletion", {}),
        program("POST", f"{record}/merger", {"others": [str(made.ids[name])]}),
        program("POST", f"{base}/batch", {"operations": operations, "atomic": True}),
    ]
    assert [one.status_code for one in answers if one.status_code not in (403, 422)] == []
    assert "自动得出" in answers[0].json()["title"]
    assert made.rows() == before


@pytest.mark.parametrize("name", DERIVED)
def test_no_verb_and_no_step_of_a_workflow_makes_one(made: Made, name: str):
    by, obj = actor(made.cast.admin), registry.get(name)
    with in_workspace(made.cast.xishan.pk):
        record = obj.model_class.objects.get(pk=made.ids[name])
        facts = Fact.objects.count()
        for attempt in (
            lambda: create_record(object=name, values={}, by=by),
            lambda: change_record(record, {"name": "mine"}, by=by),
            lambda: archive_record(record, by=by),
        ):
            with pytest.raises(Refused, match="nobody types"):
                attempt()
        assert Fact.objects.count() == facts
        recipe = {"when": {"kind": "button"}, "steps": [{"do": "create", "object": name, "values": {}}]}
        with pytest.raises(InvalidValues, match="The product makes"):
            check_recipe("company", recipe, by=by)


def test_its_own_verbs_are_done_by_the_page_and_by_a_narrow_token(made: Made):
    record = f"/commissions/{made.ids['commission']}/"
    page = client_for(made.cast.manager)
    assert f"{record}do/approval/" in page.get(record).content.decode()
    approval = f"{record.rstrip('/')}/approval"
    assert Program(made.cast.manager, ["commission:read"])("POST", approval, {}).status_code == 403
    token = Program(made.cast.manager, ["commission:write", "commission:read"])
    assert token("POST", approval, {}).json()["status"] == "approved"
    assert client_for(made.cast.admin).post(f"{record}do/reopening/").status_code == 302
    assert page.post(f"{record}do/approval/").status_code == 302
    stranger: Client = client_for(made.cast.stranger)
    assert stranger.post(f"{record}do/approval/").status_code in (403, 404)
    assert client_for(made.cast.outsider).post(f"{record}do/approval/").status_code == 404
