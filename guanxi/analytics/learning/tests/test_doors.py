"""Who comes in, what the page says, and what a reason gives away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guanxi.analytics.learning.actions import add_learned, switch_on
from guanxi.analytics.learning.models import Estimate, LearnedModel
from guanxi.analytics.learning.tests.past import decided_leads
from guanxi.analytics.learning.training import train, write_all
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.metrics import metrics
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.metadata.shaping import add_metric
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.outlines.actions import set_outline
from guanxi.platform.records.outlines.models import Outline
from guanxi.platform.records.outlines.tests.test_outline import TWO
from guanxi.platform.records.transfer.tests.test_restore_workspace import pack, wipe
from guanxi.platform.records.transfer.unpacking import unpack_workspace
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.leads.models import Lead
from tests.cast import Cast, actor, client_for, give_role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.WAREHOUSE_DIR = tmp_path


def speaking(cast: Cast) -> LearnedModel:
    """A model of leads that is on and has written."""
    decided_leads(actor(cast.rep))
    model = add_learned(kind="chance", object="lead", by=actor(cast.admin))
    train(model.pk)
    switch_on(model.pk, by=actor(cast.admin))
    settle()
    return model


def test_an_administrator_learns_from_forms_and_goes_back_with_one_click(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        decided_leads(actor(cast.rep))
    client = client_for(cast.admin)
    page = client.get("/settings/learned/").content.decode()
    assert 'value="chance.lead"' in page
    address = client.post("/settings/learned/", {"what": "chance.lead"})["Location"]
    assert client.post("/settings/learned/", {"what": "chance.lead"}).status_code == 422
    client.post(address, {"do": "train"})
    assert client.get(f"{address}progress/").status_code == 200  # it waits for a worker
    with in_workspace(cast.xishan.pk):
        settle()
    assert client.get(f"{address}progress/").status_code == 204
    page = client.get(address).content.decode()
    assert "chart calibration" in page
    assert "chart lift" in page
    assert client.post(f"{address}on/").status_code == 302
    with in_workspace(cast.xishan.pk):
        settle()
        assert Estimate.objects.filter(tier="high").exists()
    assert "chance_class" in client.get(address).content.decode()
    listed = client.post(address, {"do": "view", "tier": "high"})["Location"]
    assert client.get(listed).status_code == 200
    with in_workspace(cast.xishan.pk):
        assert SavedView.objects.get(object="lead").filter == "chance_class = high"
    assert client.post(address, {"do": "todos", "tier": "high"}).status_code == 302
    assert client.post(address, {"do": "todos", "tier": "none"}).status_code == 404
    assert client.post(address, {"do": "marks", "high": "5", "middle": "9"}).status_code == 422
    client.post(address, {"do": "left_out", "left_out": ["industry"]})
    client.post(address, {"do": "schedule", "schedule": "week"})
    client.post(address, {"do": "train"})
    with in_workspace(cast.xishan.pk):
        settle()
        row = LearnedModel.objects.get()
        assert (row.number, row.schedule, row.left_out) == (2, "week", ["industry"])
    assert client.post(f"{address}versions/1/").status_code == 302
    assert client.post(f"{address}versions/9/").status_code == 404
    client.post(f"{address}off/")
    with in_workspace(cast.xishan.pk):
        settle()
        assert LearnedModel.objects.get().number == 1
        obj = registry.get("lead")
        assert not any(obj["chance"].get(one) for one in obj.rows())
    assert client.post(address, {"do": "delete"}).status_code == 302
    with in_workspace(cast.xishan.pk):
        assert "chance" not in registry.get("lead").fields_by_name


def test_strangers_and_outsiders_stay_outside(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        model = add_learned(kind="chance", object="lead", by=actor(cast.admin))
    address = f"/settings/learned/{model.pk}/"
    for member, status in ((cast.rep, 403), (cast.stranger, 403), (cast.outsider, 404)):
        client = client_for(member)
        assert client.get("/settings/learned/").status_code == (200 if member == cast.outsider else 403)
        for page in ("", "progress/"):
            assert client.get(f"{address}{page}").status_code == status
        for page in ("", "on/", "off/", "cancel/", "versions/1/"):
            assert client.post(f"{address}{page}", {"do": "delete"}).status_code == status, page
    assert (
        "Learned chance"
        not in client_for(cast.outsider).get("/settings/learned/").content.decode().split("<form")[0]
    )


def test_reasons_stand_on_the_record_but_for_fields_that_the_reader_does_not_see(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        model = speaking(cast)
        row = Estimate.objects.filter(model=model, tier="high").first()
        assert row is not None
        row.reasons = [["source", "Referral", 1.2], ["industry", "Energy", 0.4]]
        row.save()
        address = f"/leads/{row.record_id}/"
    page = client_for(cast.rep).get(address).content.decode()
    assert 'id="learned-' in page
    panel = page.split('id="learned-')[1]
    assert "Referral" in panel
    assert "Energy" in panel
    with in_workspace(cast.xishan.pk):
        give_role(cast.rep, {"*": {"see": "all"}, "lead": {"see": "all", "fields": {"industry": "hidden"}}})
    page = client_for(cast.rep).get(address).content.decode()
    panel = page.split('id="learned-')[1].split("</section>")[0]
    assert "Referral" in panel
    assert "Energy" not in panel
    assert client_for(cast.outsider).get(address).status_code == 404


def test_what_one_column_decides_is_hidden_with_it(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        model = speaking(cast)
        give_role(cast.rep, {"*": {"see": "all"}, "lead": {"see": "all", "fields": {"source": "hidden"}}})
        rep = actor_for(
            type(cast.rep).objects.select_related("user", "role", "workspace").get(pk=cast.rep.pk)
        )
        seen = as_seen(registry.get("lead"), rep).fields_by_name
        assert not {"source", "chance", "chance_class"} & set(seen)
        assert "chance" in as_seen(registry.get("lead"), actor(cast.admin)).fields_by_name
        key = Estimate.objects.filter(model=model, tier="high").values_list("record_id", flat=True)[0]
    page = client_for(cast.rep).get(f"/leads/{key}/").content.decode()
    assert "Referral" not in page


def test_a_masked_chance_is_told_nowhere(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        model = speaking(cast)
        key = Estimate.objects.filter(model=model, tier="high").values_list("record_id", flat=True)[0]
    client = client_for(cast.rep)
    for name in ("chance", "chance_class"):
        with in_workspace(cast.xishan.pk):
            give_role(cast.rep, {"*": {"see": "all"}, "lead": {"see": "all", "fields": {name: "masked3"}}})
        page = client.get(f"/leads/{key}/").content.decode()
        assert 'id="learned-' not in page or "Referral" not in page.split('id="learned-')[1], name
        assert client.get("/today/").status_code == 200, name


def test_a_writing_that_was_killed_goes_on_where_nothing_stands_yet(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        model = speaking(cast)
        obj = registry.get("lead")
        lead = Lead.objects.filter(status="assigned").order_by("pk").last()
        assert lead is not None
        before = obj["chance"].get(lead)
        Lead.objects.filter(pk=lead.pk).update(custom={})
        assert write_all(model.pk) == 1
        lead.refresh_from_db()
        assert obj["chance"].get(lead) == before


def test_a_workspace_that_moves_takes_its_outline_metrics_and_models_along(
    cast: Cast, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        model = speaking(cast)
        set_outline(json.dumps(TWO).encode(), name="Provinces", source="GS(2026)0001", by=by)
        own = add_metric(object="lead", label="Big", filter="score > 10", by=by).name
        drain_events()
        said = set(Estimate.objects.values_list("record_id", "value", "tier"))
        areas, source = Outline.objects.values_list("shapes", "source").get()
    assert said
    before = pack(cast.xishan, tmp_path)
    for table in ("records_outline", "metadata_metric", "analytics_learned_model", "analytics_estimate"):
        assert before.rows[f"tables/{table}"], table
    wipe(cast.xishan)
    workspace = unpack_workspace(tmp_path / "x.zip")
    assert pack(workspace, tmp_path, "again.zip").digest == before.digest
    with in_workspace(workspace.pk):
        assert set(Estimate.objects.values_list("record_id", "value", "tier")) == said
        assert Outline.objects.values_list("shapes", "source").get() == (areas, source)
        assert own in {one.name for one in metrics()}
        back = LearnedModel.objects.get(pk=model.pk)
        assert back.on_at is not None
        assert back.number == 1
        assert "chance" in registry.get("lead").fields_by_name
