"""A chance learned from leads: trained, written into fields, told with reasons, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.analytics.learning.actions import (
    add_learned,
    begin_training,
    change_learned,
    switch_off,
    switch_on,
)
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.learning.tests.past import decided_leads
from guanxi.analytics.learning.training import train, write_all
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.writing import change_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.leads.models import Lead
from tests.cast import Cast, actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.WAREHOUSE_DIR = tmp_path


def test_a_lead_has_a_chance_learned_from_the_others(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        decided_leads(rep)
        model = add_learned(kind="chance", object="lead", by=admin)
        assert (model.came, model.gone) == ("status = converted", "status = disqualified")
        begin_training(model.pk, by=admin)
        run_pending_jobs()
        model.refresh_from_db()
        version = ModelVersion.objects.get(model=model)
        assert (model.number, version.size, version.made_by) == (1, 320, cast.admin.user.name)
        assert version.figures["auc"] > 0.65
        assert version.figures["by_time"]
        assert version.figures["rules_auc"] < version.figures["auc"]
        assert "source" in version.features
        assert "reason" not in version.features
        assert [(one["column"], one["left_out"]) for one in version.leaks if one["column"] == "reason"] == [
            ("reason", True)
        ]
        assert not Estimate.objects.exists()  # nothing is written before it is switched on
        switch_on(model.pk, by=admin)
        run_pending_jobs()
        query = ListQuery(
            obj=registry.get("lead"),
            columns=("name", "source", "chance", "chance_class", "chance_version"),
            filter=parse_filter("chance_class = high and chance_version = 1"),
            sort="-chance",
            limit=50,
        )
        rows = list_records(query, by=rep).rows
        assert {row.values["source"] for row in rows} == {"Referral"}
        assert all(row.values["chance"] >= 60 for row in rows)
        first = Estimate.objects.get(record_id=rows[0].id)
        assert first.reasons[0][:2] == ["source", "Referral"]
        assert first.reasons[0][2] > 0
        assert not Fact.objects.filter(object="lead", verb="scored").exists()
        assert write_all(model.pk) == 0  # what stands already is not written
        switch_off(model.pk, by=admin)
        run_pending_jobs()
        assert list_records(query, by=rep).rows == []
        assert [one.verb for one in Fact.objects.filter(object="learned_model").order_by("id")] == [
            "created",
            "asked",
            "trained",
            "switched_on",
            "switched_off",
        ]
        switch_on(model.pk, by=admin)
        run_pending_jobs()
        assert [row.id for row in list_records(query, by=rep).rows] == [row.id for row in rows]


def test_who_passes_the_mark_is_a_fact_and_the_field_is_nobodys_to_type_into(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        leads = decided_leads(rep)
        model = add_learned(kind="chance", object="lead", by=admin)
        train(model.pk)
        switch_on(model.pk, by=admin)
        settle()
        fair = next(one for one in leads if one.status == "assigned" and one.source == "Website")
        fair.refresh_from_db()
        change_record(fair, {"source": "Referral"}, by=rep)
        settle()
        fact = Fact.objects.get(object="lead", verb="scored", record_id=fair.pk)
        assert fact.changes == {"chance_class": ["low", "high"]}
        fair.refresh_from_db()
        with pytest.raises(InvalidValues):
            change_record(fair, {"chance": 100}, by=rep)
        change_learned(model.pk, high=99, middle=98, by=admin)
        run_pending_jobs()
        assert not Estimate.objects.filter(tier="high").exists()


def test_small_data_says_so_and_stays_with_the_rules(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        decided_leads(actor(cast.rep), 60)
        model = add_learned(kind="chance", object="lead", by=admin)
        assert train(model.pk) is None
        model.refresh_from_db()
        assert (model.last["outcome"], model.last["size"], model.last["needed"]) == ("thin", 60, 50)
        assert model.number is None
        with pytest.raises(InvalidValues):
            switch_on(model.pk, by=admin)


def test_a_training_sees_its_own_workspace_alone(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        decided_leads(actor(cast.rep))
    with in_workspace(cast.marlin.pk):
        admin = actor(cast.outsider)
        model = add_learned(kind="chance", object="lead", by=admin)
        assert train(model.pk) is None
        assert LearnedModel.objects.get().last["size"] == 0
        assert not Lead.objects.exists()
