"""Killing the web process in the middle of requests neither loses what was answered nor repeats anything."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter

import pytest
from django.db import transaction

from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actions.tokens import create_token
from guanxi.platform.jobs.tests.processes import start
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, make_cast


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_is_sent_until_it_is_answered_is_there_once():
    kills = int(os.environ.get("GUANXI_TEST_KILLS", "6"))
    records = max(20, kills * 2)
    cast = make_cast()
    with in_workspace(cast.xishan.pk), transaction.atomic():
        _row, token = create_token(member=cast.rep, name="storm", scopes=["*:write"], by=actor(cast.rep))
    storm = start(
        "-m", "tests.faults.web_storm", "7", str(kills), str(records), token,
        stdout=subprocess.PIPE, GUANXI_WAREHOUSE="off",
    )  # fmt: skip
    out, _ = storm.communicate(timeout=900)
    assert storm.returncode == 0
    said = [json.loads(line) for line in out.splitlines() if line.startswith(b"{")]
    assert sum("cut_off" in one for one in said) == 2  # both writers came to their end
    with in_workspace(cast.xishan.pk), transaction.atomic():
        wanted = {f"Firm {at}": 1 for at in range(records)}
        rows = registry.get("company").rows()
        assert Counter(rows.values_list("name", flat=True)) == wanted
        facts = Fact.objects.filter(object="company", verb="created")
        assert Counter(facts.values_list("title", flat=True)) == wanted
        assert set(facts.values_list("record_id", flat=True)) == set(rows.values_list("pk", flat=True))
    print(said)
