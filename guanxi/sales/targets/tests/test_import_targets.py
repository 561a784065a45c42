"""Targets out of a file: one that is there already is changed, it does not stand twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.targets.models import Target
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
HEAD = "Metric,Month,Scope,Owner,Target\n"


def bring(cast: Cast, path: Path, rows: str) -> ImportFile:
    by = actor(cast.admin)
    path.write_text(HEAD + rows, encoding="utf-8")
    job = begin_import([Incoming(path, path.name, object="target")], by=by)
    file: ImportFile = ImportFile.objects.get(of_import=job)
    plan = file.file_plan
    for column, name in zip(plan.columns, ("metric", "month", "scope", "owner", "value"), strict=True):
        column.path, column.reason = name, "chosen"
    file.plan = plan.as_json()
    file.save()
    check_import(job, by=by)
    job.state = Import.State.RUNNING
    job.save()
    run_import(job, by=by)
    file.refresh_from_db()
    return file


def test_a_target_that_comes_again_is_changed_and_does_not_add_up(cast: Cast, tmp_path: Path):
    who, path = cast.rep.user.email, tmp_path / "targets.csv"
    row = f"won_amount,2026-10-15,member,{who},%s\n"
    with in_workspace(cast.xishan.pk):
        first = bring(cast, path, row % 100 + f"won_amount,2026-11-01,member,{who},50\n")
        assert (first.created, first.updated, first.rejected) == (2, 0, 0)
        again = bring(
            cast, path, row % 300 + row.replace("10-15", "10-02") % 400 + "won_amount,2026-10-01,firm,,900\n"
        )
        assert (again.created, again.rejected) == (1, 0)
        assert again.checked["update"] == 2
        october = Target.objects.filter(month="2026-10-01", scope="member")
        assert [one.value for one in october] == [400]
        assert Target.objects.get(scope="firm").value == 900
        same = bring(cast, path, row % 400)
        assert (same.created, Target.objects.count()) == (0, 3)
