"""Killing any process at any moment neither loses a run nor repeats what it does."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from typing import Any

import pytest
from django.db import transaction

from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Run, RunStep, Workflow
from guanxi.automation.workflows.tests.standin import standin
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.tests.processes import start
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, make_cast

RECIPE: dict[str, Any] = {
    "when": {"kind": "fact", "verb": "created"},
    "steps": [
        {"do": "score", "field": "employees", "add": 1},
        {"do": "todo", "text": "Call {name}", "to": ["owner"]},
        {"do": "tag", "add": ["seen"]},
        {"do": "call", "url": "", "body": {"firm": "{name}"}},
        {"do": "score", "field": "employees", "add": 10},
        {"do": "notify", "to": ["owner"], "text": "{name} is done"},
    ],
}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_run_is_lost_and_none_repeated():
    kills, records = int(os.environ.get("GUANXI_TEST_KILLS", "12")), 25
    cast = make_cast()
    drain_events()  # consumers begin to hear with the first delivery
    with standin() as other, in_workspace(cast.xishan.pk):
        steps = [one | {"url": other.url} if one["do"] == "call" else one for one in RECIPE["steps"]]
        with transaction.atomic():
            Workflow.objects.all().delete()
            recipe = {**RECIPE, "steps": steps}
            add_workflow(object="company", title="Storm", recipe=recipe, by=actor(cast.admin), on=True)
        storm = start(
            "-m", "guanxi.automation.workflows.tests.storm", "7", str(kills), str(records),
            str(cast.xishan.pk), str(cast.rep.pk),
            stdout=subprocess.PIPE, GUANXI_CALLS_ALLOWED="127.0.0.1", GUANXI_JOB_LEASE_SECONDS="2",
        )  # fmt: skip
        out, _ = storm.communicate(timeout=900)
        assert storm.returncode == 0
        assert json.loads(out.splitlines()[-1])["kills"] == kills
        with transaction.atomic():
            assert Counter(Run.objects.values_list("state", flat=True)) == {"done": records}
            firms = registry.get("company").rows()
            assert Counter(firms.values_list("employees", flat=True)) == {12: records}
            todos = registry.get("activity").rows().filter(subject__startswith="Call Firm")
            assert Counter(todos.values_list("subject", flat=True)) == {
                f"Call Firm {at}": 1 for at in range(records)
            }
            told = Fact.objects.filter(object="workflow_run", verb="told")
            assert Counter(told.values_list("title", flat=True)) == {
                f"Firm {at} is done": 1 for at in range(records)
            }
            calls = list(RunStep.objects.filter(kind="call"))
        keys = Counter(one["headers"]["Idempotency-Key"] for one in other.calls)
        assert set(keys) == {one.key for one in calls}
        again = {one.key for one in calls if one.attempts > 1}
        assert {key for key, count in keys.items() if count > 1} <= again
