"""What the product has to say to other systems: unreadable in the database, and it does not travel."""

from __future__ import annotations

import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Workflow, WorkflowVersion
from guanxi.automation.workflows.running import _shown
from guanxi.automation.workflows.texts import set_workflow_as_text, workflows_as_text, write_workflow
from guanxi.platform.records.importing.models import ImportSchedule
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.transfer.packing import pack_workspace
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
STEPS: list[dict[str, Any]] = [
    {
        "do": "robot",
        "robot": "dingtalk",
        "url": "https://oapi.example/send?access_token=ROBOTTOKEN",
        "secret": "SECROBOT",
        "text": "won",
    },
    {
        "do": "call",
        "url": "https://erp.example/in",
        "headers": {"Authorization": "Bearer CALLTOKEN", "X-A": "b"},
    },
]
RECIPE = {"when": {"kind": "fact", "verb": "won"}, "steps": STEPS}
SECRETS = ("ROBOTTOKEN", "SECROBOT", "CALLTOKEN", "HUNTER2")


@pytest.fixture
def kept(cast: Cast) -> Any:
    with in_workspace(cast.xishan.pk):
        workflow = add_workflow(
            object="deal", name="tell", title="Tell", recipe=RECIPE, by=actor(cast.admin), on=True
        )
        schedule = ImportSchedule(
            name="orders",
            member_id=cast.admin.pk,
            address="https://erp.example/orders.csv",
            sign_in={"kind": "basic", "name": "crm", "secret": "HUNTER2", "origin": "https://erp.example"},
            plan={},
            every="day",
        )
        schedule.save(force_insert=True)
        yield workflow, schedule


def at_rest() -> str:
    tables = ("automation_workflow", "automation_workflow_version", "records_import_schedule", "events_fact")
    return "\n".join(repr(row) for table in tables for row in fetch(f"SELECT * FROM {table}", ()))


def test_the_database_does_not_have_them(kept: Any):
    workflow, schedule = Workflow.objects.get(pk=kept[0].pk), ImportSchedule.objects.get(pk=kept[1].pk)
    rows = at_rest()
    assert not [one for one in (*SECRETS, workflow.signing_key) if one in rows]
    assert rows.count("sealed:") >= 9
    assert workflow.recipe["steps"] == WorkflowVersion.objects.get(workflow=workflow).recipe["steps"]
    assert [one["url"] for one in workflow.recipe["steps"]] == [one["url"] for one in STEPS]
    assert workflow.recipe["steps"][1]["headers"]["Authorization"] == "Bearer CALLTOKEN"
    assert (schedule.sign_in["secret"], schedule.sign_in["name"]) == ("HUNTER2", "crm")


def test_what_was_written_before_there_was_sealing_is_read(kept: Any):
    workflow, schedule = kept
    with connection.cursor() as cursor:
        cursor.execute("UPDATE automation_workflow SET signing_key = 'plain' WHERE id = %s", [workflow.pk])
        cursor.execute(
            "UPDATE records_import_schedule SET sign_in = %s WHERE id = %s",
            [json.dumps(schedule.sign_in), schedule.pk],
        )
    assert Workflow.objects.get(pk=workflow.pk).signing_key == "plain"
    assert ImportSchedule.objects.get().sign_in["secret"] == "HUNTER2"
    call_command("reseal", stdout=StringIO())
    assert "HUNTER2" not in at_rest()
    assert "'plain'" not in at_rest()


def test_another_key_is_taken_and_a_lost_one_destroys_nothing(kept: Any, settings: Any):
    workflow, _schedule = kept
    key, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert Workflow.objects.get(pk=workflow.pk).signing_key == ""
    assert ImportSchedule.objects.get().sign_in["secret"] == ""
    said = StringIO()
    call_command("reseal", stdout=said)
    assert "0 written" in said.getvalue()  # and what nobody can open stays as it is
    settings.SECRET_KEY_FALLBACKS = [key]
    assert ImportSchedule.objects.get().sign_in["secret"] == "HUNTER2"
    call_command("reseal", stdout=StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    assert Workflow.objects.get(pk=workflow.pk).signing_key == workflow.signing_key
    assert ImportSchedule.objects.get().sign_in["secret"] == "HUNTER2"


def test_they_go_neither_with_a_workspace_nor_into_texts(kept: Any, cast: Cast, tmp_path: Path):
    workflow, _schedule = kept
    target = tmp_path / "all.zip"
    pack_workspace(cast.xishan, target)
    with zipfile.ZipFile(target) as archive:
        packed = "\n".join(
            archive.read(name).decode("utf-8", "replace")
            for name in archive.namelist()
            if "files/" not in name
        )
    assert "https://erp.example/in" in packed
    assert not [one for one in (*SECRETS, workflow.signing_key) if one in packed]

    text = workflows_as_text()["deal"]["tell"]
    assert not [one for one in SECRETS if one in f"{text}{write_workflow(workflow)}"]
    set_workflow_as_text("deal", "tell", {**text, "title": "Told"}, actor(cast.admin))
    after = Workflow.objects.get(pk=workflow.pk)
    assert (after.title, after.recipe["steps"][0]["secret"]) == ("Told", "SECROBOT")
    assert after.recipe["steps"][0]["url"] == STEPS[0]["url"]
    assert after.recipe["steps"][1]["headers"]["Authorization"] == "Bearer CALLTOKEN"
    elsewhere = [{**text["steps"][0], "url": "https://evil.example/"}, text["steps"][1]]
    set_workflow_as_text("deal", "tell", {**text, "steps": elsewhere}, actor(cast.admin))
    assert not Workflow.objects.get(pk=workflow.pk).recipe["steps"][0].get("secret")


def test_a_robot_that_came_as_text_asks_for_its_address(kept: Any, cast: Cast):
    text = workflows_as_text()["deal"]["tell"]
    set_workflow_as_text("deal", "tell-2", {**text, "title": "Told"}, actor(cast.admin))
    arrived = Workflow.objects.get(name="tell-2")
    assert arrived.recipe["steps"][0]["url"] == ""
    assert arrived.problem
    assert not Workflow.objects.get(pk=kept[0].pk).problem


def test_no_page_and_no_log_shows_them_again(kept: Any, cast: Cast):
    workflow, browser = kept[0], client_for(cast.admin)
    page = f"/automations/{workflow.pk}/"
    form = browser.get(f"{page}?edit=0").text
    assert "oapi.example" in form
    assert not [one for one in SECRETS[:2] if one in form + browser.get(f"{page}text/").text]
    sent = {"do": "save", "edit": "0", "do_kind": "robot", "robot": "dingtalk", "url": "", "text": "hurrah"}
    assert browser.post(page, sent).status_code == 302
    draft = Workflow.objects.get(pk=workflow.pk).draft["steps"][0]
    assert (draft["url"], draft["secret"], draft["text"]) == (STEPS[0]["url"], "SECROBOT", "hurrah")
    assert browser.post(page, {**sent, "robot": "feishu"}).status_code == 302
    other = Workflow.objects.get(pk=workflow.pk).draft["steps"][0]
    assert (other["url"], other.get("secret")) == ("", None), "of another robot nothing is kept"
    assert _shown(STEPS[0]) == {"robot": "dingtalk", "text": "won"}
    assert "headers" not in _shown(STEPS[1]) or "CALLTOKEN" not in str(_shown(STEPS[1]))
