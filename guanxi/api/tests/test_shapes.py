"""Objects and fields of a workspace through the API: the verbs, rights and facts of the settings page."""

from __future__ import annotations

import pytest

from guanxi.api.openapi.building import build_openapi
from guanxi.api.openapi.shaping import SETTINGS
from guanxi.api.tests.test_rest import Program
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata.kinds import KINDS
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
TIER = {
    "object": "company",
    "type": "choice",
    "label": {"en": "Tier", "zh-hans": "分级"},
    "settings": {"options": ["Gold", {"label": "Silver", "tone": "azurite"}]},
}


def test_a_field_made_by_a_program_is_in_every_answer(cast: Cast):
    admin, rep = Program(cast.admin, EVERYTHING), Program(cast.rep, EVERYTHING)
    made = admin("POST", "/fields", TIER)
    assert made.status_code == 201, made.content
    field = made.json()
    assert (field["name"], field["version"]) == ("tier", 1)
    company = rep("POST", "/companies", {"name": "青禾水务", "tier": "Gold"})
    assert company.json()["tier"] == "gold"
    assert (
        rep("GET", "/companies?filter=tier%20%3D%20gold&fields=name,tier").json()["data"][0]["tier"] == "gold"
    )
    assert rep("GET", "/companies/summary?group=tier").json()["data"][0]["group"] == {"tier": "gold"}
    described = rep("GET", "/openapi.json").json()["components"]["schemas"]["Company"]["properties"]["tier"]
    assert described["enum"] == ["gold", "silver", None]
    wrong = rep("POST", "/companies", {"name": "x", "tier": "Bronze"})
    assert wrong.status_code == 422
    facts = rep("GET", f"/companies/{company.json()['id']}/facts").json()["data"]
    assert facts[0]["changes"]["tier"] == [None, "gold"]
    path = f"/fields/{field['id']}"
    changed = admin("PATCH", path, {"label": "Class"}, if_match='"1"')
    assert changed.json()["label"]["en"] == "Class"
    assert admin("PATCH", path, {"label": "Other"}, if_match='"1"').status_code == 412
    assert admin("DELETE", path).status_code == 204
    assert "tier" not in rep("GET", f"/companies/{company.json()['id']}").json()
    assert admin("POST", f"{path}/restoration").status_code == 200
    assert rep("GET", f"/companies/{company.json()['id']}").json()["tier"] == "gold"
    assert [one["name"] for one in rep("GET", "/fields?object=company").json()["data"]] == ["tier"]
    names = [one["name"] for one in rep("GET", "/objects/company").json()["fields"]]
    assert "tier" in names


def test_nobody_else_shapes_a_workspace(cast: Cast):
    made = Program(cast.admin, EVERYTHING)("POST", "/fields", TIER).json()
    narrow = Program(cast.admin, ["company:write", "company:read"])
    for caller in (Program(cast.rep, EVERYTHING), Program(cast.stranger, EVERYTHING), narrow):
        assert caller("POST", "/fields", TIER).status_code == 403
        assert caller("PATCH", f"/fields/{made['id']}", {"label": "x"}).status_code == 403
        assert caller("DELETE", f"/fields/{made['id']}").status_code == 403
        assert caller("POST", f"/fields/{made['id']}/restoration").status_code == 403
        assert caller("POST", "/objects", {"label": "Machine"}).status_code == 403
        assert caller("POST", "/objects/company/order", {"fields": ["tier"]}).status_code == 403
    outsider = Program(cast.outsider, EVERYTHING)
    for method in ("GET", "PATCH", "DELETE"):
        assert outsider(method, f"/fields/{made['id']}", {} if method == "PATCH" else None).status_code == 404
    assert outsider("POST", f"/fields/{made['id']}/restoration").status_code == 404
    assert outsider("GET", "/fields").json()["data"] == []
    assert outsider("POST", "/companies", {"name": "x", "tier": "gold"}).status_code == 422
    with in_workspace(cast.xishan.pk):
        assert OwnField.objects.get().archived_at is None


def test_a_type_is_looked_at_changed_and_taken_back(cast: Cast):
    admin, rep = Program(cast.admin, EVERYTHING), Program(cast.rep, EVERYTHING)
    field = admin("POST", "/fields", {"object": "company", "type": "text", "label": "Size"}).json()
    for size in ("12", "many"):
        rep("POST", "/companies", {"name": f"C {size}", "size": size})
    path = f"/fields/{field['id']}/retyping"
    for caller in (rep, Program(cast.stranger, EVERYTHING)):
        assert caller("GET", path).status_code == 403
        assert caller("POST", path, {"type": "integer"}).status_code == 403
    assert Program(cast.outsider, EVERYTHING)("POST", path, {"type": "integer"}).status_code == 404
    assert admin("GET", path).status_code == 404
    seen = admin("POST", f"{path}?dry_run=true", {"type": "integer"})
    assert (seen.status_code, seen.json()["counts"]) == (200, {"kept": 1, "changed": 0, "lost": 1})
    assert seen.json()["examples"]["lost"] == [["many", ""]]
    assert admin("POST", path, {"type": ["integer"]}).status_code == 400
    assert admin("POST", path, {"type": "link"}).status_code == 422
    assert admin("POST", path, {"type": "integer"}, if_match='"7"').status_code == 412
    assert admin("POST", path, {"type": "integer"}).json()["state"] == "running"
    assert admin("DELETE", path).status_code == 204, "left off"
    assert admin("POST", path, {"type": "integer"}).status_code == 202
    run_pending_jobs()
    assert admin("GET", path).json()["counts"] == {"kept": 1, "lost": 1}
    assert admin("DELETE", path).status_code == 202
    run_pending_jobs()
    found = rep("GET", "/companies?sort=name&fields=size").json()["data"]
    assert [one["size"] for one in found] == ["12", "many"]


def test_a_unique_value_is_taken_once_in_a_workspace(cast: Cast):
    admin, rep = Program(cast.admin, EVERYTHING), Program(cast.rep, EVERYTHING)
    for program in (admin, Program(cast.outsider, EVERYTHING)):
        made = program(
            "POST", "/fields", {"object": "company", "type": "text", "label": "Badge", "unique": True}
        )
        assert made.status_code == 201
    first = rep("POST", "/companies", {"name": "a", "badge": "N-1"}).json()
    taken = rep("POST", "/companies", {"name": "b", "badge": "n-1"})
    assert taken.json()["fields"]["badge"][0]["code"] == "unique"
    assert rep("PATCH", f"/companies/{first['id']}", {"badge": "N-1"}).status_code == 200
    assert (
        Program(cast.outsider, EVERYTHING)("POST", "/companies", {"name": "c", "badge": "N-1"}).status_code
        == 201
    )
    assert rep("DELETE", f"/companies/{first['id']}").status_code == 204
    assert rep("POST", "/companies", {"name": "b", "badge": "N-1"}).status_code == 201
    assert rep("POST", f"/companies/{first['id']}/restoration").status_code == 422


def test_odd_requests_are_refused_in_words(cast: Cast):
    admin = Program(cast.admin, EVERYTHING)
    for body in (
        {}, {"object": "company"}, {**TIER, "object": "nothing"}, {**TIER, "type": 7},
        {**TIER, "settings": []},
        {**TIER, "label": {"fr": "x"}}, {**TIER, "label": ""}, {**TIER, "label": 5}, {**TIER, "label": ["x"]},
        {**TIER, "settings": {"options": [{"label": "a"}, {"label": "A"}]}}, {**TIER, "name": "id"},
        {**TIER, "settings": {"options": [None]}}, {**TIER, "wish": 1}, {**TIER, "type": "link"},
        {**TIER, "default": "Bronze"}, {**TIER, "type": "integer", "settings": {"least": "x"}},
        {**TIER, "unique": True}, {**TIER, "settings": {"options": ["x"] * 201}},
        {**TIER, "settings": {"options": ["x"], "colour": "red"}},
    ):  # fmt: skip
        answer = admin("POST", "/fields", body)
        assert answer.status_code in (400, 404, 422), (body, answer.content)
    assert admin("GET", "/fields/99999999999999999999").status_code == 404


def test_the_description_names_every_door_of_the_shape(cast: Cast):
    """What is described is there, and what is there is described."""
    from django.urls import resolve

    described = client_for(cast.admin).get("/api/v1/openapi.json").json()
    paths = {
        path for path in described["paths"] if path.split("/")[3] in ("objects", "fields", "rules", "shape")
    }
    assert len(paths) == 12
    for path in paths:
        found = resolve(path.replace("{name}", "company").replace("{id}", "7"))
        assert found.func.__module__ == "guanxi.api.rest.shapes", path
    assert set(described["components"]["schemas"]) >= {
        "OwnField",
        "OwnFieldValues",
        "Rule",
        "RuleValues",
        "OwnObject",
    }


def test_the_description_names_what_every_type_is_set_by(cast: Cast):
    with in_workspace(cast.xishan.pk), reading():
        by, given = (
            actor(cast.admin),
            {"options": ["x"], "to": "company", "formula": "1", "pattern": "{number}"},
        )
        for kind in KINDS.values():
            assert set(kind.read(given)) <= set(SETTINGS), kind.name
        described = build_openapi(server="http://here", by=by)["components"]["schemas"]["OwnFieldValues"]
    assert described["properties"]["settings"]["properties"] == SETTINGS
