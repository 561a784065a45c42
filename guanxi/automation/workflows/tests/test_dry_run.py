from datetime import timedelta

from django.utils import timezone

from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.dry import dry_run
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

STEPS = [{"do": "tag", "add": ["x"]}]


def test_it_says_how_often_it_would_have_run_and_where(cast):
    with in_workspace(cast.xishan.pk):
        rep, admin = actor(cast.rep), actor(cast.admin)
        rows = registry.get("company").rows()

        def draft(when, condition=""):
            recipe = {"when": when, "if": condition, "steps": STEPS}
            return add_workflow(object="company", title="Draft", recipe=recipe, by=admin, publish=False)

        one = create_record(
            object="company", values={"name": "Qinghe", "employees": 50, "level": "B"}, by=rep
        )
        create_record(object="company", values={"name": "Large", "employees": 500}, by=actor(cast.stranger))
        for values in (
            {"employees": 150},
            {"employees": 90},
            {"level": "A"},
            {"employees": 300},
            {"level": "C"},
        ):
            one = change_record(rows.get(pk=one.pk), values, by=rep)
        enters = draft({"kind": "enters"}, "employees >= 100")
        found = dry_run(enters, days=30)
        assert sorted(would.title for would in found.shown) == ["Large", "Qinghe", "Qinghe"]
        assert (found.count, found.people, found.most, found.whole) == (3, 2, 2, True)
        assert dry_run(draft({"kind": "leaves"}, "employees >= 100"), days=30).count == 1
        fact = {"kind": "fact", "verb": "changed", "fields": ["employees"]}
        assert dry_run(draft(fact, "level = A"), days=30).count == 1  # at 300 it was A
        assert dry_run(draft({**fact, "was": "employees = 150"}), days=30).count == 1
        rows.update(last_touch_at=timezone.now() - timedelta(days=31))
        held = draft({"kind": "held", "for": "30d", "since": ["last_touch_at"]})
        assert (dry_run(held, days=7).count, dry_run(held, days=1).count) == (2, 0)
        settle()
        assert Run.objects.filter(workflow__title="Draft").count() == 0
        page = client_for(cast.admin).get(f"/automations/{enters.pk}/dry-run/").content.decode()
        assert "3" in page
        assert "Qinghe" in page


def test_what_held_for_a_time_is_told_by_facts_and_formulas_are_asked(cast):
    with in_workspace(cast.xishan.pk):
        rep, admin = actor(cast.rep), actor(cast.admin)
        rows = registry.get("company").rows()

        def draft(when, condition="", **more):
            recipe = {"when": when, "if": condition, "steps": STEPS, **more.pop("recipe", {})}
            return add_workflow(
                object="company", title="Draft", recipe=recipe, by=admin, publish=False, **more
            )

        stuck = create_record(object="company", values={"name": "Stuck", "level": "C"}, by=rep)
        moved = create_record(object="company", values={"name": "Moved", "level": "C"}, by=rep)
        theirs = create_record(
            object="company", values={"name": "Theirs", "level": "C"}, by=actor(cast.stranger)
        )
        change_record(rows.get(pk=moved.pk), {"level": "B"}, by=rep)
        for made, days in ((stuck, 10), (theirs, 10), (moved, 10)):
            first = Fact.objects.filter(object="company", record_id=made.pk).order_by("id").first()
            Fact.objects.filter(pk=first.pk).update(at=timezone.now() - timedelta(days=days))
        change = Fact.objects.get(object="company", record_id=moved.pk, verb="changed")
        Fact.objects.filter(pk=change.pk).update(at=timezone.now() - timedelta(days=9))
        held = {"kind": "held", "for": "2d"}
        found = dry_run(draft(held, "level = C"), days=30)
        assert sorted(would.title for would in found.shown) == ["Stuck", "Theirs"], "Moved was B a day later"
        assert dry_run(draft({**held, "for": "12h"}, "level = C"), days=30).count == 3
        assert dry_run(draft(held, "level = C"), days=7).count == 0, "it began to be due 8 days ago"
        mine = draft(held, "level = C", acts_as=cast.rep.pk)
        assert [would.title for would in dry_run(mine, days=30).shown] == ["Stuck"]
        made = {"kind": "fact", "verb": "created"}
        formula = draft(made, recipe={"formula": 'name = "Moved"'})
        assert [would.title for would in dry_run(formula, days=30).shown] == ["Moved"]
        button = draft({"kind": "button", "label": "Go"})
        assert not dry_run(button, days=30).known
