"""guanxi ask: the doors of rooms from the command line, with the rights of the member who is named."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from guanxi.collaboration.clashes.tests.test_clashes import met  # noqa: F401
from guanxi.platform.identity.models import Delegation
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast

pytestmark = pytest.mark.django_db
REP, STRANGER, ADMIN, OUTSIDER = (
    "lin@xishan.example", "he@xishan.example", "gu@xishan.example", "rachel@marlin.example",
)  # fmt: skip


def ask(by: str, *said: str, workspace: str = "xishan") -> Any:
    out = StringIO()
    call_command("ask", *said, workspace=workspace, by=by, stdout=out)
    return json.loads(out.getvalue())


def test_a_clash_is_reported_and_decided(cast: Cast, met: list[Any]):  # noqa: F811
    made = ask(REP, "report_clash", "object=company", f'records=["{met[0].pk}"]', "reason=at the fair")
    assert [one["id"] for one in ask(STRANGER, "list_clashes", "state=open")["data"]] == [made["id"]]
    with pytest.raises(CommandError, match="refused"):
        ask(REP, "decide_clash", made["id"], f"owner={cast.rep.pk}")
    for nobody in ("chen@xishan.example", OUTSIDER):
        with pytest.raises(CommandError):
            ask(nobody, "read_clash", made["id"])
    done = ask(ADMIN, "decide_clash", made["id"], f"owner={cast.rep.pk}", "keep=false")
    assert (done["state"], done["owner"]) == ("decided", str(cast.rep.pk))


def test_delegations_and_sweeps(cast: Cast):
    today = timezone.localdate()
    days = f"from={today}", f"until={today + timedelta(days=3)}"
    lent = ask(REP, "give_delegation", f"to={cast.below.pk}", *days)
    assert lent["state"] == "running"
    assert ask(REP, "list_delegations")["data"][0]["id"] == lent["id"]
    assert ask(REP, "end_delegation", lent["id"])["state"] == "over"
    with in_workspace(cast.xishan.pk):
        assert Delegation.objects.get().ended_at is not None
    assert ask(ADMIN, "begin_duplicate_sweep", "object=company")["object"] == "company"
    assert ask(ADMIN, "list_duplicate_pairs", "object=company")["data"] == []


def test_what_makes_no_sense_is_said(cast: Cast):
    for said in (
        ("dance",), ("read_clash",), ("read_clash", "x"), ("list_clashes", "7"),
        ("list_clashes", "state=lost"),
        ("list_clashes", "odd=1"), ("report_clash", "object=company"), ("report_clash", "records=[7"),
        ("read_clash", "7"),
    ):  # fmt: skip
        with pytest.raises(CommandError):
            ask(ADMIN, *said)
    with pytest.raises(CommandError, match="nobody"):
        ask("nobody@xishan.example", "list_clashes")
    out = StringIO()
    call_command("ask", "--list", "clash", workspace="xishan", stdout=out)
    assert "decide_clash ID owner=…" in out.getvalue()
