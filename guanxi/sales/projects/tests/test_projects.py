"""A project from its opening to its end: milestones, what they make due, hours and what they cost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from guanxi.automation.today.stream import stream
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.tests.test_move_deal import pipeline
from guanxi.sales.instalments import actions as instalments
from guanxi.sales.instalments.actions import plan_payments
from guanxi.sales.instalments.models import Instalment
from guanxi.sales.orders import actions as ordering
from guanxi.sales.projects import actions as delivering
from guanxi.sales.projects.models import Milestone, Project
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def an_order(cast: Cast, name: str = "海川水务"):
    """Confirmed, with two payments to come."""
    by, today = actor(cast.rep), timezone.localdate()
    company = create_record(object="company", values={"name": name}, by=by)
    order = create_record(object="order", values={"company": company.pk}, by=by)
    line = {"order": order.pk, "title": "WQ-200", "quantity": 2, "unit_price": "5000"}
    create_record(object="order_line", values=line, by=by)
    order.refresh_from_db()
    order = ordering.confirm(order, by=by)
    plan_payments(
        order, [(Decimal(30), today + timedelta(days=40)), (Decimal(70), today + timedelta(days=90))], by=by
    )
    return order


def a_template(cast: Cast):
    by = actor(cast.admin)
    made = create_record(object="project_template", values={"name": "安装调试"}, by=by)
    for name, days, weight, hours in (("到货", 10, 1, 8), ("安装", 20, 3, 40)):
        values = {"template": made.pk, "name": name, "days": days, "weight": weight, "hours_planned": hours}
        create_record(object="template_step", values=values, by=by)
    return made


def test_an_order_becomes_a_project_with_its_milestones_once(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order, template, today = an_order(cast), a_template(cast), timezone.localdate()
        url = f"/orders/{order.pk}/project/"
        assert client_for(cast.stranger).get(url).status_code == 404
        assert client_for(cast.outsider).post(url, {"name": "x"}).status_code == 404
        rep = client_for(cast.rep)
        assert "2" in rep.get(url).content.decode()
        ends = (today + timedelta(days=60)).isoformat()
        sent = {"name": "安装", "starts_on": today.isoformat(), "ends_on": ends, "template": template.pk}
        assert rep.post(url, {**sent, "template": "9" * 30}).status_code == 422
        assert rep.post(url, {**sent, "ends_on": "2020-01-01"}).status_code == 422
        made = rep.post(url, {**sent, "payments": "1"})
        project = Project.objects.get()
        assert made["Location"] == f"/projects/{project.pk}/"
        assert rep.post(url, {**sent, "payments": "1"}).status_code == 422  # sent twice, there once
        assert (project.number, project.amount, project.company_id) == (
            f"PJ-{today.year}-0001",
            Decimal(10000),
            order.company_id,
        )
        found = Milestone.objects.order_by("position")
        assert [(one.name, one.due_on, one.instalment_id is not None) for one in found][:2] == [
            ("到货", today + timedelta(days=10), False),
            ("安装", today + timedelta(days=20), False),
        ]
        assert [one.instalment.period for one in found if one.instalment_id] == [1, 2]
        assert project.hours_planned == 48
        page = rep.get(f"/projects/{project.pk}/").content.decode()
        assert "到货" in page
        beside = rep.get(f"/companies/{order.company_id}/panels/side/projects/")
        assert f'href="/projects/{project.pk}/"' in beside.content.decode()


def test_an_accepted_milestone_makes_its_payment_due(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order, by, today = an_order(cast), actor(cast.rep), timezone.localdate()
        project = delivering.open_project(order, by=by)
        first, second = Milestone.objects.order_by("position")
        with pytest.raises(InvalidValues) as nobody:
            delivering.accept(first, by=by)
        assert set(nobody.value.errors) == {"accepted_by"}
        with pytest.raises(InvalidValues):
            delivering.accept(first, by=by, accepted_by="李工", accepted_on=today + timedelta(days=1))
        with pytest.raises(NotFound):
            delivering.accept(first, by=actor(cast.stranger), accepted_by="x")
        done = delivering.accept(first, by=by, accepted_by="李工", accepted_note="无异议")
        assert (done.status, done.accepted_on, done.on_time) == ("accepted", today, True)
        done.instalment.refresh_from_db()
        assert (done.instalment.status, done.instalment.due_on) == ("due", today)
        assert [one.verb for one in facts_of("instalment", done.instalment_id)][-1] == "due"
        told = list(facts_of("milestone", first.pk))[-1]
        assert ("milestone.accepted", ["company", order.company_id]) == (told.name, told.about[1])
        project.refresh_from_db()
        assert project.progress == 50
        with pytest.raises(InvalidValues):
            delivering.accept(done, by=by, accepted_by="李工")
        with pytest.raises(InvalidValues):
            change_record(done, {"due_on": today}, by=by)
        with pytest.raises(InvalidValues):
            archive_record(done, by=by)
        delivering.drop(second, by=by)
        project.refresh_from_db()
        assert project.progress == 100
        back = delivering.reopen(done, by=by)
        project.refresh_from_db()
        assert (back.accepted_on, back.on_time, back.closed_on, project.progress) == (None, None, None, 0)
        done.instalment.refresh_from_db()
        assert (done.instalment.status, done.instalment.due_on) == ("planned", today + timedelta(days=40))
        assert [one.verb for one in facts_of("instalment", done.instalment_id)][-1] == "put_off"
        # A payment of another customer can't hang on it.
        foreign = Instalment.objects.filter(order=an_order(cast, "Marlin")).first()
        with pytest.raises(InvalidValues) as refused:
            change_record(back, {"instalment": foreign.pk}, by=by)
        assert set(refused.value.errors) == {"instalment"}


def test_what_is_taken_back_leaves_a_day_that_somebody_gave_the_payment_since(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order, by, today = an_order(cast), actor(cast.rep), timezone.localdate()
        delivering.open_project(order, by=by)
        first, second = Milestone.objects.order_by("position")
        for one in (first, second):
            delivering.accept(one, by=by, accepted_by="李工")
        agreed = today + timedelta(days=14)
        here = f"/instalments/{first.instalment_id}/do/postponement/"
        rep = client_for(cast.rep)
        assert client_for(cast.stranger).post(here, {"due_on": agreed.isoformat()}).status_code == 404
        assert rep.post(here, {"due_on": ""}).status_code == 422
        assert rep.post(here, {"due_on": agreed.isoformat()}).status_code == 302
        delivering.reopen(first, by=by)
        assert Instalment.objects.get(pk=first.instalment_id).due_on == agreed
        # What was paid stays paid, and what is void stays void.
        instalments.void(second.instalment, by=by)
        delivering.reopen(second, by=by)
        assert Instalment.objects.get(pk=second.instalment_id).status == "void"


def test_a_project_goes_its_way(cast: Cast):
    with in_workspace(cast.xishan.pk):
        by, today = actor(cast.rep), timezone.localdate()
        stages = pipeline(actor(cast.admin))
        company = create_record(object="company", values={"name": "海川水务"}, by=by)
        going = {"name": "WQ-200", "stage": stages["Qualified"], "company": company.pk, "amount": "9000"}
        open_deal = create_record(object="deal", values=going, by=by)
        with pytest.raises(InvalidValues):
            delivering.open_project(open_deal, by=by)
        deal = create_record(object="deal", values={**going, "stage": stages["Won"]}, by=by)
        project = delivering.open_project(deal, by=by)
        with pytest.raises(InvalidValues) as missing:
            delivering.plan(project, by=by)
        assert set(missing.value.errors) == {"ends_on", "status"}
        values = {"project": project.pk, "name": "到货", "due_on": today - timedelta(days=2)}
        milestone = create_record(object="milestone", values=values, by=by)
        change_record(project, {"ends_on": today + timedelta(days=9)}, by=by)
        with pytest.raises(InvalidValues):
            delivering.start(project, by=by)  # one step after the other
        delivering.plan(project, by=by)
        with pytest.raises(NotFound):
            delivering.start(project, by=actor(cast.stranger))
        with pytest.raises(Refused):
            delivering.start(project, by=actor(cast.observer))
        delivering.start(project, by=by)
        # What is late leads the day of who looks after it, and nobody else's.
        assert milestone.pk not in {row.signal.record_id for row in stream(by=actor(cast.below))}
        assert milestone.pk in {row.signal.record_id for row in stream(by=by)}
        with pytest.raises(InvalidValues):
            delivering.pause(project, by=by)
        delivering.pause(project, by=by, held_because="等现场")
        project = delivering.resume(project, by=by)
        delivering.hand_in(project, by=by)
        with pytest.raises(InvalidValues, match="到货"):
            delivering.close(project, by=by, accepted_by="李工")
        delivering.rework(project, by=by)
        delivering.accept(milestone, by=by, accepted_by="李工")
        delivering.hand_in(project, by=by)
        closed = delivering.close(project, by=by, accepted_by="李工")
        assert (closed.status, closed.closed_on, closed.progress) == ("closed", today, 100)
        with pytest.raises(InvalidValues):
            change_record(closed, {"ends_on": today}, by=by)
        for object, more in (("milestone", {"due_on": today}), ("time_entry", {"hours": 1})):
            with pytest.raises(InvalidValues):
                create_record(object=object, values={"project": project.pk, "name": "x", **more}, by=by)
        with pytest.raises(InvalidValues):
            delivering.cancel(closed, by=by, held_because="x")
        verbs = [
            one.verb for one in facts_of("project", project.pk) if one.verb not in ("created", "changed")
        ]
        assert verbs == [
            "planned", "started", "paused", "resumed", "handed_in", "reworked", "handed_in", "closed",
        ]  # fmt: skip


def test_a_cancelled_project_drops_what_was_open(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order, by = an_order(cast), actor(cast.rep)
        project = delivering.open_project(order, by=by)
        with pytest.raises(InvalidValues):
            delivering.cancel(project, by=by)
        delivering.cancel(project, by=by, held_because="客户退单")
        assert set(Milestone.objects.values_list("status", flat=True)) == {"dropped"}
        assert delivering.open_project(order, by=by).pk != project.pk


def test_hours_cost_what_the_project_says(cast: Cast):
    with in_workspace(cast.xishan.pk):
        by, today = actor(cast.rep), timezone.localdate()
        company = create_record(object="company", values={"name": "海川水务"}, by=by)
        values = {"name": "安装", "company": company.pk, "hour_rate": "120.50", "budget": "5000"}
        project = create_record(object="project", values=values, by=by)

        def note(hours, **more):
            given = {"project": project.pk, "name": "现场", "hours": hours, **more}
            return create_record(object="time_entry", values=given, by=by)

        first = note("7.5")
        note(2, rate="200", member=cast.below.pk, day=today - timedelta(days=1))
        assert (first.member_id, first.day, first.cost) == (cast.rep.pk, today, Decimal("903.75"))
        project.refresh_from_db()
        assert (project.hours_spent, project.cost) == (Decimal("9.5"), Decimal("1303.75"))
        for wrong in ({"hours": 0}, {"hours": 25}, {"hours": 17}, {"hours": 1, "day": "2999-01-01"},
                      {"hours": 1, "rate": {"amount": 9, "currency": "USD"}}):  # fmt: skip
            with pytest.raises(InvalidValues):
                note(**wrong)
        with pytest.raises(InvalidValues):
            change_record(project, {"hour_rate": {"amount": "9", "currency": "USD"}}, by=by)
        change_record(first, {"hours": 4}, by=by)
        archive_record(first, by=by)
        project.refresh_from_db()
        assert (project.hours_spent, project.cost) == (Decimal(2), Decimal(400))
        with pytest.raises((NotFound, InvalidValues, Refused)):
            create_record(
                object="time_entry",
                values={"project": project.pk, "name": "x", "hours": 1},
                by=actor(cast.stranger),
            )


def test_a_start_at_the_end_of_all_days_is_said(cast: Cast):
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        firm = create_record(object="company", values={"name": "青禾"}, by=by)
        values = {"name": "P", "company": firm.pk, "starts_on": "9999-12-20"}
        project = create_record(object="project", values=values, by=by)
        template = create_record(object="project_template", values={"name": "T"}, by=by)
        step = {"template": template.pk, "name": "Install", "days": 30}
        create_record(object="template_step", values=step, by=by)
    page = client_for(cast.admin).post(f"/projects/{project.pk}/milestones/", {"template": str(template.pk)})
    assert page.status_code == 422
