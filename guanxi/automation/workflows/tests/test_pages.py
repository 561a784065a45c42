import pytest

from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Run, Workflow
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

BIG = {
    "when": {"kind": "fact", "verb": "created"},
    "if": "employees >= 1000",
    "steps": [
        {"do": "change", "values": {"level": "A"}},
        {
            "do": "branch",
            "if": "industry = water",
            "then": [{"do": "tag", "add": ["near"]}],
            "else": [{"do": "stop"}],
        },
        {"do": "wait", "for": "2wd", "fact": "changed"},
        {"do": "each", "of": "contact.company", "steps": [{"do": "score", "field": "rank", "add": 1}]},
    ][:3],
}


def test_an_administrator_builds_one_in_forms(cast):
    client = client_for(cast.admin)
    said = client.post("/automations/", {"object": "company", "kind": "fact", "title": "Large firms"})
    address = said["Location"].partition("?")[0]
    assert client.get(said["Location"]).status_code == 200
    client.post(address, {"do": "save", "edit": "when", "kind": "fact", "verb": "created"})
    client.post(address, {"do": "save", "edit": "if", "if": "employees >= 1000"})
    client.post(address, {"do": "save", "edit": "0", "do_kind": "change", "values": "level = A"})
    client.post(address, {"do": "save", "edit": "add:", "do_kind": "branch", "if": "industry = water"})
    client.post(address, {"do": "save", "edit": "add:1.then", "do_kind": "tag", "add": "near, large"})
    refused = client.post(address, {"do": "save", "edit": "if", "if": "no_such = 1"})
    assert refused.status_code == 422
    client.post(address, {"do": "publish"})
    client.post(address, {"do": "on"})
    with in_workspace(cast.xishan.pk):
        row = Workflow.objects.get(title="Large firms")
        assert row.recipe == {
            "when": {"kind": "fact", "verb": "created"},
            "if": "employees >= 1000",
            "steps": [
                {"do": "change", "values": {"level": "A"}},
                {"do": "branch", "if": "industry = water", "then": [{"do": "tag", "add": ["near", "large"]}]},
            ],
        }
        settle()
        create_record(
            object="company",
            values={"name": "Big", "employees": 5000, "industry": "water"},
            by=actor(cast.rep),
        )
        settle()
        run = Run.objects.get(workflow=row)
        assert (run.state, run.error) == ("done", "")
    for page in (
        "",
        "runs/",
        "versions/",
        "text/",
        "dry-run/",
        "?edit=when",
        "?edit=if",
        "?edit=1.then.0",
        "?edit=add:1.else",
        "?edit=title",
    ):
        found = client.get(f"{address}{page}")
        assert found.status_code == 200, page
        assert "Big" in found.content.decode() or page not in ("", "runs/", "dry-run/")
    assert client.get(f"/automations/runs/{run.pk}/").status_code == 200
    assert client.get("/automations/").status_code == 200
    text = client.get(f"{address}text/").content.decode()
    assert "[objects.company.workflows.large-firms]" in text


def test_only_administrators_of_this_workspace_see_workflows(cast):
    with in_workspace(cast.xishan.pk):
        row = add_workflow(object="company", title="Ours", recipe=BIG, by=actor(cast.admin), on=True)
        settle()
        create_record(object="company", values={"name": "Big", "employees": 5000}, by=actor(cast.rep))
        settle()
        run = Run.objects.get()
    for member, status in ((cast.rep, 403), (cast.stranger, 403), (cast.outsider, 404)):
        client = client_for(member)
        for page in ("", "runs/", "versions/", "text/", "dry-run/"):
            assert client.get(f"/automations/{row.pk}/{page}").status_code == status
        for page in ("", "versions/", "text/"):
            assert client.post(f"/automations/{row.pk}/{page}", {"do": "off"}).status_code == status
        assert client.get(f"/automations/runs/{run.pk}/").status_code == status
        assert client.post(f"/automations/runs/{run.pk}/", {"do": "undo"}).status_code == status
        assert client.get("/automations/").status_code == (403 if status == 403 else 200)
    assert "Ours" not in client_for(cast.outsider).get("/automations/").content.decode()


@pytest.mark.parametrize(
    "edit",
    [
        "1.do.0", "1.do", "1.if.0", "0.values.0", "-1", "9", "1.then.-1", "1.then.9", "1.then", "x",
        "1.then.0.then", "add:1.do", "add:9.then", "add:0.values", "add:x", "add:1", "add:-1.then",
        "9" * 5_000,
    ],
)  # fmt: skip
def test_an_address_made_by_hand_finds_nothing(cast, edit):
    with in_workspace(cast.xishan.pk):
        row = add_workflow(object="company", title="Large", recipe=BIG, by=actor(cast.admin))
    client = client_for(cast.admin)
    address = f"/automations/{row.pk}/"
    assert client.get(address, {"edit": edit}).status_code == 404
    for do in ("save", "drop", "up"):
        said = client.post(address, {"do": do, "edit": edit, "do_kind": "stop"})
        assert said.status_code in (404, 422), do
    for kind in ("branch", "each", "if"):
        answer = client.get(f"{address}condition/{edit}/{kind}/")
        assert answer.status_code in (200, 404), kind
    with in_workspace(cast.xishan.pk):
        row.refresh_from_db()
        assert (row.draft or row.recipe)["steps"] == BIG["steps"]


def test_a_branch_without_a_condition_is_refused_with_the_reason(cast):
    with in_workspace(cast.xishan.pk):
        row = add_workflow(object="company", title="Large", recipe=BIG, by=actor(cast.admin))
    said = client_for(cast.admin).post(
        f"/automations/{row.pk}/", {"do": "save", "edit": "1", "do_kind": "branch", "if": " ", "formula": ""}
    )
    assert said.status_code == 422
    assert "总走同一边" in said.text
    bare = {**BIG, "steps": [{"do": "branch", "then": [{"do": "stop"}]}]}
    with in_workspace(cast.xishan.pk), pytest.raises(InvalidValues) as problem:
        add_workflow(object="company", title="Bare", recipe=bare, by=actor(cast.admin))
    assert list(problem.value.errors) == ["steps.0.if"]
