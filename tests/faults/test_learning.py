"""A worker that is killed while it learns, or writes what was learned, leaves nothing that is half."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from guanxi.analytics.learning.actions import add_learned, begin_training, switch_on
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.learning.tests.past import decided_leads
from guanxi.analytics.learning.training import train, write_all
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.leads.models import Lead
from tests.cast import Cast, actor
from tests.faults.test_warehouse import writer

KILLS = int(os.environ.get("GUANXI_KILLS", "9"))
chance = random.Random(20261123)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_training_that_is_killed_keeps_whole_versions_and_the_next_one_writes_all(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.WAREHOUSE_DIR = tmp_path
    with in_workspace(cast.xishan.pk):
        decided_leads(actor(cast.rep))
        model = add_learned(kind="chance", object="lead", by=actor(cast.admin))
        begin_training(model.pk, by=actor(cast.admin))
        run_pending_jobs()
        switch_on(model.pk, by=actor(cast.admin))
        run_pending_jobs()
    connection.close()
    with writer(tmp_path, cast.xishan.pk) as process:
        for _turn in range(max(KILLS // 3, 2)):
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("learn\n")
            process.stdin.flush()
            child = int(process.stdout.readline())
            time.sleep(0.3 + chance.random() * 1.5)
            os.kill(child, signal.SIGKILL)
            with in_workspace(cast.xishan.pk), reading():
                assert_whole(model.pk)
    with in_workspace(cast.xishan.pk):
        train(model.pk)
        write_all(model.pk)
    with in_workspace(cast.xishan.pk), reading():
        version = assert_whole(model.pk)
        said = Estimate.objects.filter(model=model.pk)
        open_leads = set(Lead.objects.filter(status="assigned").values_list("pk", flat=True))
        assert set(said.values_list("record_id", flat=True)) == open_leads
        assert set(said.values_list("number", flat=True)) == {version}
        kept = {lead.custom["chance_version"] for lead in Lead.objects.filter(pk__in=open_leads)}
        assert kept == {version}, "the fields say what the estimates say"


def assert_whole(model_id: int) -> int:
    """The version that speaks is there, none is missing before it, no record is spoken of twice."""
    model = LearnedModel.objects.get(pk=model_id)
    numbers = sorted(ModelVersion.objects.filter(model=model).values_list("number", flat=True))
    assert model.number == numbers[-1]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    spoken = list(Estimate.objects.filter(model=model).values_list("record_id", flat=True))
    assert len(spoken) == len(set(spoken))
    return int(numbers[-1])
