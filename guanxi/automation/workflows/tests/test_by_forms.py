"""Workflows as an administrator builds them: every way to begin and every kind of step, through the forms.

Each is put together line by line, published, tried on the past, run, read in its log, tried again where a
step has failed, and taken back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from guanxi.automation.workflows import hooks
from guanxi.automation.workflows.models import Holding, Run, RunStep, Workflow
from guanxi.automation.workflows.sweeping import sweep_clock
from guanxi.automation.workflows.tests.settling import settle
from guanxi.automation.workflows.tests.standin import Standin, standin
from guanxi.platform.metadata import registry
from guanxi.platform.records.models import Tag
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.home import today_here
from tests.cast import Cast, actor, client_for

LARGE = "employees >= 100"


@pytest.fixture
def firm(cast: Cast):
    """The test inside xishan, where nothing is automated."""
    with in_workspace(cast.xishan.pk):
        Workflow.objects.all().delete()
        settle()
        yield cast


class Builder:
    """One workflow and the forms of its page."""

    def __init__(self, client: Client, object: str, kind: str, **when: Any) -> None:
        self.client = client
        made = client.post("/automations/", {"object": object, "kind": kind, "title": kind})
        self.address = made["Location"].partition("?")[0]
        if when:
            self.put("when", kind=kind, **when)

    @property
    def row(self) -> Workflow:
        found: Workflow = Workflow.objects.get(pk=int(self.address.split("/")[2]))
        return found

    def put(self, edit: str, **typed: Any) -> None:
        """A line: its form is there, and what is typed is kept."""
        kind = {"do_kind": typed["do_kind"]} if "do_kind" in typed else {}
        assert self.client.post(self.address, {"do": "show", "edit": edit, **typed}).status_code == 200
        assert self.client.get(self.address, {"edit": edit, **kind}).status_code == 200
        saved = self.client.post(self.address, {"do": "save", "edit": edit, **typed})
        assert saved.status_code == 302, saved.content.decode()

    def add(self, do_kind: str, frame: str = "", **typed: Any) -> None:
        self.put(f"add:{frame}", do_kind=do_kind, **typed)

    def start(self) -> None:
        assert self.client.post(self.address, {"do": "publish"}).status_code == 302
        assert self.client.post(self.address, {"do": "on"}).status_code == 302

    def runs(self, state: str = "") -> list[Run]:
        rows = Run.objects.filter(workflow=self.row).order_by("pk")
        return list(rows.filter(state=state) if state else rows)


@pytest.mark.parametrize(
    ("kind", "when", "condition", "times"),
    [
        ("fact", {"verb": "changed", "fields": ["employees"]}, "", 3),
        ("enters", {}, LARGE, 2),
        ("leaves", {}, LARGE, 1),
        ("button", {"label": "Press me"}, "", 1),
        ("webhook", {"match.field": "name", "match.path": "firm.name"}, "", 1),
        ("held", {"for": "1h"}, LARGE, 1),
        ("schedule", {"cron": "0 9 * * *"}, LARGE, 1),
        ("date", {"field": "", "days": "-30", "at": "00:00"}, "", 1),
    ],
)
def test_every_way_to_begin(firm: Cast, kind: str, when: dict[str, Any], condition: str, times: int):
    client, rep = client_for(firm.admin), actor(firm.rep)
    dates = [one.name for one in registry.get("deal").fields if one.type == "date" and not one.readonly]
    object = "deal" if kind == "date" else "company"
    if kind == "date":
        when = {**when, "field": dates[0]}
    built = Builder(client, object, kind, **when)
    if condition:
        built.put("if", **{"if": condition})
    built.put("0", do_kind="todo", text="{name} it is", to="admins")
    built.start()
    record = create_record(object="company", values={"name": "Qinghe", "employees": 50}, by=rep)
    settle()
    for employees in (150, 60, 200):
        record = change_record(record, {"employees": employees}, by=rep)
        settle()
    later = timezone.now() + timedelta(days=2)
    match kind:
        case "button":
            pressed = client.post(f"/automations/press/companies/{record.pk}/{built.row.pk}/")
            assert pressed.status_code == 302
        case "webhook":
            shown = client.post(built.address, {"do": "hook", "edit": "when"}).content.decode()
            secret = shown.partition("/hooks/")[2].partition("/")[0]
            assert hooks.receive(secret, b'{"firm": {"name": "Qinghe"}}', "")[0] == 202
        case "date":
            day = today_here() + timedelta(days=31)
            values = {"name": "Qinghe", dates[0]: day.isoformat(), "stage": first_stage()}
            create_record(object="deal", values=values, by=rep)
        case "held":
            assert Holding.objects.filter(workflow=built.row, record_id=record.pk).exists()
    if kind in ("date", "held", "schedule"):
        sweep_clock(later)
    settle()
    assert [one.state for one in built.runs()] == ["done"] * times, [one.error for one in built.runs()]
    todos = registry.get("activity").rows().filter(subject="Qinghe it is")
    assert todos.count() == times
    for page in (built.address, f"{built.address}runs/", f"{built.address}dry-run/?days=30", "/automations/"):
        assert client.get(page).status_code == 200
    assert "Qinghe" in client.get(f"{built.address}runs/").content.decode()


@pytest.fixture
def other(settings):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    with standin() as found:
        yield found


def test_every_kind_of_step(firm: Cast, other: Standin):
    client, rep = client_for(firm.admin), actor(firm.rep)
    built = Builder(client, "company", "button", label="All of it")
    every_step(built, other)
    built.start()
    record = create_record(object="company", values={"name": "Qinghe", "employees": 50}, by=rep)
    create_record(object="contact", values={"name": "Wang Ruoxi", "company": record.pk}, by=rep)
    settle()
    other.answer(400, "no")
    client.post(f"/automations/press/companies/{record.pk}/{built.row.pk}/")
    settle()
    (run,) = built.runs("failed")
    log = f"/automations/runs/{run.pk}/"
    assert 'value="retry"' in client.get(log).content.decode()
    other.answer(200, '{"errcode": 0, "code": 0}')
    client.post(log, {"do": "retry"})
    settle()
    run.refresh_from_db()
    assert (run.state, run.waits_for) == ("waiting", "company.changed"), run.error
    assert [one["path"] for one in other.calls] == ["/wecom", "/wecom", "/dingtalk", "/feishu", "/in"]
    record.refresh_from_db()
    assert (record.employees, record.owner_id) == (105, firm.admin.pk)
    tags = Tag.objects.filter(pk__in=record.tags).values_list("name", flat=True)
    assert sorted(tags) == ["hot", "large"]
    assert registry.get("deal").rows().filter(name="Qinghe 1").exists()
    assert registry.get("activity").rows().filter(subject="Call Qinghe").exists()
    assert registry.get("contact").rows().get(name="Wang Ruoxi").title == "Buyer"
    assert ["buyer@q.example"] in [one.to for one in mail.outbox if one.subject == "To Qinghe"]
    assert "Qinghe in the app" in client.get("/notifications/").content.decode()
    assert "Qinghe leads" in client.get("/today/").content.decode()
    change_record(record, {"website": "https://qinghe.example"}, by=actor(firm.admin))
    settle()
    run.refresh_from_db()
    assert (run.state, run.error) == ("stopped", "That was all")
    kinds = set(RunStep.objects.filter(run=run, state="done").values_list("kind", flat=True))
    assert kinds >= {
        "create",
        "change",
        "assign",
        "tag",
        "score",
        "todo",
        "today",
        "notify",
        "email",
        "branch",
    }
    assert kinds >= {"each", "robot", "call", "wait", "verb", "stop"}
    taken_back = client.post(log, {"do": "undo"})
    assert taken_back.status_code in (200, 302)
    record.refresh_from_db()
    assert (record.employees, record.archived_at) == (50, None)


def first_stage() -> int:
    found: int = registry.get("stage").rows().order_by("position").values_list("pk", flat=True)[0]
    return found


def every_step(built: Builder, other: Standin) -> None:
    """A step of every kind, with a branch and a loop that have steps of their own."""
    built.put("0", do_kind="change", values="employees = =employees * 2")
    built.add("create", object="deal", values=f"name = {{name}} 1\nstage = {first_stage()}")
    built.add("assign", to="admins")
    built.add("tag", add="hot")
    built.add("score", field="employees", add="5")
    built.add("todo", text="Call {name}", to="admins", due="2wd")
    built.add("today", text="{name} leads", to="admins")
    built.add("notify", text="{name} in the app", to="admins", by=["app", "email", "push"])
    built.add("email", to="buyer@q.example", subject="To {name}", text="{employees} people")
    built.add("branch", **{"if": LARGE})
    built.add("tag", "9.then", add="large")
    built.add("tag", "9.else", add="small")
    built.add("each", of="contact.company")
    built.add("change", "10.steps", values="title = Buyer")
    for robot in ("wecom", "dingtalk", "feishu"):
        built.add("robot", robot=robot, url=f"{other.url}/{robot}", text="{name}")
    built.add("call", url=f"{other.url}/in", method="POST", body="firm = {name}")
    built.add("wait", fact="changed")
    built.add("verb", verb="archive")
    built.add("stop", text="That was all")
