"""Who comes in, and what a score gives away."""

import pytest

from guanxi.automation.scoring.actions import add_model
from guanxi.automation.scoring.models import ScoreModel
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for


def test_an_administrator_makes_a_score_in_forms(cast):
    client = client_for(cast.admin)
    assert client.get("/settings/scores/").status_code == 200
    made = client.post("/settings/scores/", {"object": "contact"})
    address = made["Location"]
    rule = {"do": "save", "basis": "if", "if": "title is not empty", "points": "55", "kind": "fit"}
    client.post(f"{address}?edit=add", rule)
    facts = {
        "do": "save",
        "basis": "fact",
        "fact": ["activity.done"],
        "points": "5",
        "most": "20",
        "within": "30",
    }
    client.post(f"{address}?edit=add", facts)
    client.post(f"{address}?edit=add", {"do": "save", "basis": "tag", "tag": "Hot", "points": "-5"})
    assert (
        client.post(
            f"{address}?edit=add", {"do": "save", "basis": "if", "if": "no = 1", "points": "1"}
        ).status_code
        == 422
    )
    client.post(f"{address}?edit=2", {"do": "drop", "at": "2"})
    with in_workspace(cast.xishan.pk):
        boss = create_record(object="contact", values={"name": "Boss", "title": "CEO"}, by=actor(cast.rep))
    assert "Boss" in client.get(f"{address}dry-run/").content.decode()
    client.post(address, {"do": "publish"})
    client.post(address, {"do": "on"})
    client.post(address, {"do": "title", "title": "Warmth", "leads": "40"})
    with in_workspace(cast.xishan.pk):
        row = ScoreModel.objects.get(title="Warmth")
        assert [(one["key"], one["points"]) for one in row.rules] == [("r1", 55), ("r2", 5)]
        settle()
        obj = registry.get("contact")
        assert obj["score"].get(obj.rows().get(pk=boss.pk)) == 55
    page = client_for(cast.rep).get(f"/contacts/{boss.pk}/").content.decode()
    assert "+55" in page
    text = client.get(f"{address}text/").content.decode()
    assert "[objects.contact.scores.score]" in text
    for page in (
        "",
        "?edit=0",
        "?edit=1",
        "?edit=add",
        "?edit=add&basis=fact",
        "?edit=title",
        "dry-run/",
        "text/",
    ):
        assert client.get(f"{address}{page}").status_code == 200, page
    assert client.get(f"{address}?edit=9").status_code == 404
    for member, status in ((cast.rep, 403), (cast.stranger, 403), (cast.outsider, 404)):
        other = client_for(member)
        for page in ("", "dry-run/", "text/"):
            assert other.get(f"{address}{page}").status_code == status
        for page in ("", "text/"):
            assert other.post(f"{address}{page}", {"do": "delete", "text": ""}).status_code == status
        assert other.get("/settings/scores/").status_code == (200 if member == cast.outsider else 403)
    assert "Warmth" not in client_for(cast.outsider).get("/settings/scores/").content.decode()


def test_a_score_does_not_reveal_a_field_that_is_hidden(cast):
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        ScoreModel.objects.all().delete()
        role = cast.rep.role
        grants = {**role.grants, "company": {**role.grants.get("*", {}), "fields": {"revenue": "hidden"}}}
        role.grants = grants
        role.save()
        obj = registry.get("company")
        rep = actor_for(
            type(cast.rep).objects.select_related("user", "role", "workspace").get(pk=cast.rep.pk)
        )
        assert "score" in as_seen(obj, rep).fields_by_name
        add_model(object="company", rules=[{"if": "revenue > 1000000", "points": 60}], by=admin, on=True)
        rich = create_record(object="company", values={"name": "Rich"}, by=actor(cast.rep))
        settle()
    with in_workspace(cast.xishan.pk):
        seen = as_seen(obj, rep)
        assert "score" not in seen.fields_by_name
        assert "revenue" not in seen.fields_by_name
        query = ListQuery(obj=seen, columns=("name",), filter=parse_filter("score > 50"), limit=5)
        with pytest.raises(FieldError):
            list_records(query, by=rep)
        assert "score" in as_seen(obj, admin).fields_by_name
    page = client_for(cast.rep).get(f"/companies/{rich.pk}/")
    assert page.status_code == 200
    assert "panel-score" not in page.content.decode()
    assert "+60" not in page.content.decode()
