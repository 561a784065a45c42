"""What was learned is a field like any other: workflows hear who enters a class, lists filter by it."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.analytics.learning.actions import add_learned, switch_on
from guanxi.analytics.learning.tests.past import decided_leads
from guanxi.analytics.learning.training import train
from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import change_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_workflow_hears_who_becomes_promising(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.WAREHOUSE_DIR = tmp_path
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        leads = decided_leads(rep)
        model = add_learned(kind="chance", object="lead", by=admin)
        train(model.pk)
        switch_on(model.pk, by=admin)
        settle()
        add_workflow(
            object="lead",
            title="Promising",
            recipe={
                "when": {"kind": "fact", "verb": "*", "fields": ["chance_class"]},
                "if": "chance_class = high",
                "steps": [{"do": "todo", "text": "Call {name}", "to": ["owner"], "due": "1d"}],
            },
            by=admin,
            on=True,
        )
        one = next(one for one in leads if one.status == "assigned" and one.source == "Website")
        one.refresh_from_db()
        change_record(one, {"source": "Referral"}, by=rep)
        settle()
        assert Run.objects.count() == 1
        assert registry.get("activity").rows().filter(subject=f"Call {one.name}").count() == 1
    listed = client_for(cast.rep).get("/leads/", {"filter": "chance_class = high", "sort": "-chance"})
    assert one.name in listed.content.decode()
    told = client_for(cast.rep).get(f"/leads/{one.pk}/").content.decode()
    assert 'id="learned-' in told
