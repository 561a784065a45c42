from datetime import timedelta

from django.utils import timezone

from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.dry import dry_run
from guanxi.automation.workflows.models import Run
from guanxi.automation.workflows.tests.settling import settle
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
