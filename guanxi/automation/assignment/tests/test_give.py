"""Who gets what: turns, weights, room, territory, skill, language, hours, absence, moving on; once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from guanxi.automation.assignment.actions import add_plan, change_plan, give, look_after, switch_plan
from guanxi.automation.assignment.models import Assignment, AssignmentPlan, AssignmentTurn
from guanxi.automation.assignment.recipe import week_of
from guanxi.automation.assignment.texts import plans_as_text, set_plan_as_text, write_plan
from guanxi.automation.today.orphans import exceptions
from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.identity.actions.hours import set_hours
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.hours import at_work
from guanxi.platform.identity.models import Delegation
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.texts import read_shape, to_toml
from guanxi.platform.records.writing import change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for


@pytest.fixture
def firm(cast):
    with in_workspace(cast.xishan.pk):
        yield cast


def plan(firm, *members, object="lead", on=True, **said):
    names = [one if isinstance(one, dict) else {"who": one.pk} for one in members]
    return add_plan(object=object, title="East", plan={"members": names, **said}, by=actor(firm.admin), on=on)


def leads(firm, count, **values):
    rows = [{"name": f"Lead {at}", **values} for at in range(count)]
    made = create_records(object="lead", rows=rows, by=system_actor(firm.xishan.pk, "Form"))
    settle()
    return [one.pk for one in made]


def owners(firm, ids):
    names = {one.pk: one.user.name for one in (firm.rep, firm.manager, firm.stranger, firm.below)}
    found = dict(registry.get("lead").rows().filter(pk__in=ids).values_list("pk", "owner_id"))
    return [names.get(found[key]) for key in sorted(ids)]


def test_new_leads_go_round_and_nobody_gets_two_for_one(firm):
    settle()
    plan(firm, firm.rep, firm.manager, firm.stranger)
    ids = leads(firm, 4)
    got = owners(firm, ids)
    assert sorted(got[:3]) == sorted({firm.rep.user.name, firm.manager.user.name, firm.stranger.user.name})
    assert got[3] == got[0]
    row = AssignmentPlan.objects.get()
    record = registry.get("lead").rows().get(pk=ids[0])
    once = Assignment.objects.get(record_id=ids[0]).once
    for _again in range(3):  # the same fact delivered again gives nothing more
        assert give(row, record, once=once, by=system_actor(firm.xishan.pk, "Again")) == record.owner_id
    assert sum(AssignmentTurn.objects.values_list("given", flat=True)) == 4
    theirs = create_record(object="lead", values={"name": "Own"}, by=actor(firm.below))
    settle()
    theirs.refresh_from_db()
    assert theirs.owner_id == firm.below.pk  # who makes a lead keeps it
    switch_plan(row.pk, on=False, by=actor(firm.admin))
    assert owners(firm, leads(firm, 1)) == [None]


def test_weights_and_room_and_territory_and_skill(firm):
    settle()
    row = plan(firm, {"who": firm.rep.pk, "weight": 3}, {"who": firm.manager.pk, "weight": 1}, how="weights")
    got = owners(firm, leads(firm, 8))
    assert (got.count(firm.rep.user.name), got.count(firm.manager.user.name)) == (6, 2)
    assert got[:4].count(firm.manager.user.name) == 1  # spread, not in a lump
    AssignmentPlan.objects.all().delete()
    plan(firm, {"who": firm.stranger.pk, "most": 2}, {"who": firm.below.pk, "most": 3}, how="room", move_on=1)
    got = owners(firm, leads(firm, 6))
    assert (got.count(firm.stranger.user.name), got.count(firm.below.user.name), got.count(None)) == (2, 3, 1)
    waiting = Assignment.objects.get(member=None)
    assert waiting.state == "open"
    assert waiting.due_at is not None
    AssignmentPlan.objects.all().delete()
    plan(
        firm,
        {"who": firm.rep.pk, "if": "industry = water"},
        {"who": firm.manager.pk, "skills": ["WQ-200"]},
        {"who": firm.stranger.pk, "skills": "wq-100, wq-300", "if": "industry = food"},
        skill="interest",
    )
    assert owners(firm, leads(firm, 1, industry="food", interest="WQ-200")) == [firm.manager.user.name]
    assert owners(firm, leads(firm, 1, industry="food", interest="WQ-300")) == [firm.stranger.user.name]
    assert owners(firm, leads(firm, 1, industry="steel", interest="WQ-300")) == [None]
    assert Assignment.objects.filter(state="stuck").count() == 1
    assert row.pk


def test_who_is_away_or_not_at_work_is_left_out(firm):
    settle()
    now = timezone.now()
    Delegation.objects.create(
        member=firm.rep,
        delegate=firm.manager,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=2),
    )
    plan(firm, firm.rep, firm.manager)
    assert owners(firm, leads(firm, 2)) == [firm.manager.user.name] * 2
    hours = week_of({"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"})
    shanghai = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # Monday, half past nine there
    assert at_work(firm.rep, shanghai, week=hours)
    assert not at_work(firm.rep, shanghai - timedelta(hours=1), week=hours)
    assert not at_work(firm.rep, shanghai - timedelta(days=1), week=hours)
    assert not at_work(firm.rep, datetime(2026, 10, 1, 3, tzinfo=UTC), week=hours)  # the national day
    assert at_work(firm.rep, datetime(2026, 10, 10, 3, tzinfo=UTC), week=hours)  # a Saturday made up


def test_a_plan_goes_by_the_hours_of_its_members_or_by_its_own(firm):
    settle()
    evening = datetime(2026, 11, 23, 12, tzinfo=UTC)  # Monday, eight in the evening in Shanghai
    late = (*[(("18:00", "22:00"),)] * 5, (), ())
    set_hours(whose=firm.north, week=late, by=actor(firm.admin))
    row = plan(firm, firm.rep, firm.stranger, hours="members", on=False)
    system = system_actor(firm.xishan.pk, "Form")
    first, second, third = (
        create_record(object="lead", values={"name": f"Lead {one}"}, by=system) for one in range(3)
    )
    assert give(row, first, once="a", by=system, now=evening) == firm.stranger.pk
    assert give(row, second, once="a", by=system, now=evening - timedelta(hours=10)) == firm.rep.pk
    said = {"members": [{"who": firm.rep.pk}], "hours": {"days": [1], "from": "19:00", "to": "21:00"}}
    change_plan(row.pk, plan=said, by=actor(firm.admin))
    assert give(row, third, once="a", by=system, now=evening) == firm.rep.pk


def test_what_nobody_touches_moves_on_and_what_is_touched_stays(firm):
    settle()
    plan(firm, firm.rep, firm.manager, move_on=4)
    ids = sorted(leads(firm, 2))
    first, second = (Assignment.objects.get(record_id=one) for one in ids)
    obj = registry.get("lead")
    change_record(
        obj.rows().get(pk=ids[0]),
        {"title": "CEO"},
        by=actor(firm.rep if first.member_id == firm.rep.pk else firm.manager),
    )
    later = timezone.now() + timedelta(hours=4, minutes=1)
    for one in (first, second):
        look_after(one.pk, now=timezone.now())
        look_after(one.pk, now=later)
        look_after(one.pk, now=later)
    first.refresh_from_db()
    was, second_was = obj.rows().get(pk=ids[0]).owner_id, second.member_id
    second.refresh_from_db()
    assert (first.state, was) == ("taken", first.member_id)
    assert second.member_id != second_was
    assert (second.tried, second.state) == ([second_was], "open")
    look_after(second.pk, now=later + timedelta(hours=5))
    second.refresh_from_db()
    assert second.state == "stuck"
    assert obj.rows().get(pk=ids[1]).owner_id == second.member_id  # it stays with the last

    def alone() -> list[int]:
        found = [one for one in exceptions(by=actor(firm.admin)) if "nobody took" in one.title]
        return [row.id for one in found for row in one.rows]

    assert alone() == [ids[1]]
    change_record(obj.rows().get(pk=ids[1]), {"owner": firm.below.pk}, by=actor(firm.admin))
    assert alone() == [], "somebody gave it by hand"


def test_a_workflow_gives_by_a_plan_and_text_gives_the_same_again(firm):
    admin = actor(firm.admin)
    settle()
    row = plan(
        firm, {"who": firm.stranger.user.email, "weight": 2, "languages": ["en"]}, object="company", on=False
    )
    add_workflow(
        object="company",
        title="Give",
        recipe={"when": {"kind": "fact", "verb": "created"}, "steps": [{"do": "assign", "plan": row.name}]},
        by=admin,
        on=True,
    )
    settle()
    made = create_record(object="company", values={"name": "New"}, by=actor(firm.rep))
    settle()
    assert [(one.state, one.error) for one in Run.objects.filter(record_id=made.pk)] == [("done", "")]
    made.refresh_from_db()
    assert made.owner_id == firm.stranger.pk
    told = plans_as_text()
    shape = read_shape(to_toml({"objects": {name: {"assignment": some} for name, some in told.items()}}))
    AssignmentPlan.objects.all().delete()
    set_plan_as_text("company", row.name, shape["objects"]["company"]["assignment"][row.name], admin)
    assert plans_as_text() == told


def test_wrong_plans_and_the_doors(cast):
    with in_workspace(cast.xishan.pk):
        with pytest.raises(InvalidValues) as wrong:
            plan(cast, {"who": 5}, **{"if": "no = 1"}, how="luck", skill="none")
        assert {"members.0", "if", "how", "skill"} <= set(wrong.value.errors)
        with pytest.raises(Refused):
            add_plan(
                object="lead", title="Mine", plan={"members": [{"who": cast.rep.pk}]}, by=actor(cast.rep)
            )
    client = client_for(cast.admin)
    address = client.post("/settings/assignment/", {"object": "lead", "title": "South"})["Location"]
    form = {
        "do": "save", "title": "South", "if": "city = 深圳", "how": "weights",
        "who": [cast.rep.pk, cast.below.pk],
        f"weight-{cast.rep.pk}": "3", f"skills-{cast.below.pk}": "a, b", "hours": "plan", "days": ["1", "2"],
        "from": "09:00", "to": "18:00", "move_on": "24", "imports": "on",
    }  # fmt: skip
    assert client.post(address, form).status_code == 302
    client.post(address, {"do": "on"})
    with in_workspace(cast.xishan.pk):
        row = AssignmentPlan.objects.get(title="South")
        assert row.on_at is not None
        assert row.plan["members"] == [
            {"who": cast.rep.pk, "weight": 3},
            {"who": cast.below.pk, "weight": 1, "skills": ["a", "b"]},
        ]
        assert row.plan["hours"] == {"days": [1, 2], "from": "09:00", "to": "18:00"}
    assert client.post(address, {**form, "hours": "members"}).status_code == 302
    with in_workspace(cast.xishan.pk):
        row.refresh_from_db()
        assert row.plan["hours"] == "members"
        assert 'hours = "members"' in write_plan(row)
    assert client.post(address, {**form, "who": []}).status_code == 422
    for page in ("", "text/"):
        assert client.get(f"{address}{page}").status_code == 200
    assert client.post(f"{address}text/", {"text": "x"}).status_code == 422
    for member, status in ((cast.rep, 403), (cast.stranger, 403), (cast.outsider, 404)):
        other = client_for(member)
        for page in ("", "text/"):
            assert other.get(f"{address}{page}").status_code == status
            assert other.post(f"{address}{page}", {"do": "delete"}).status_code == status
    assert "South" not in client_for(cast.outsider).get("/settings/assignment/").content.decode()
