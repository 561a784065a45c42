"""What it costs to weigh all companies anew by night, per record.

Two rules of what they are and two of what happened, one of them fading; each company has three facts that
count. Beside it stands one bare UPDATE that writes the sum of the points of the same rules, without fading,
reasons, facts or what somebody has given by hand. The second night nothing happened but that a day passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import F

from bench.making import Bench
from bench.measuring import Result, against, elapsed
from guanxi.automation.scoring.actions import add_model, switch_on
from guanxi.automation.scoring.jobs import weigh_all
from guanxi.automation.scoring.models import ScoreHit, ScoreModel
from guanxi.people.companies.models import Company
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.models import Member
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.keys import new_keys
from guanxi.platform.tenancy.transactions import reading

EACH, AT_ONCE = 3, 20_000  # facts that count, of a company; written in one transaction
RULES = (
    {"if": "employees > 100", "points": 15},
    {"if": "industry is not empty", "points": 5},
    {"fact": ["activity.logged"], "points": 10, "most": 30, "within": 90, "half_life": 14},
    {"fact": ["quote.opened"], "points": 20, "within": 30},
)


def measure(bench: Bench) -> Iterator[Result]:
    with in_workspace(bench.workspace_id):
        model = _model()
        count = _hit()
        plain = elapsed(_bare_update)
        for name in ("all companies weighed for the first time", "a night on which nothing happened"):
            ours = elapsed(partial(weigh_all.call, model_id=model.pk, fading=True))
            yield against(
                "score", f"{name}, per record", rows=count, ours=ours / count, bare=plain / count, limit=None
            )
            _let_a_day_pass()


def _model() -> ScoreModel:
    with transaction.atomic():
        found = Member.objects.select_related("user", "role", "workspace", "team")
        by = actor_for(found.filter(role__administers=True).order_by("pk")[0])
        ScoreModel.objects.filter(object="company").delete()
        return switch_on(add_model(object="company", field="score", rules=RULES, by=by).pk, by=by)


def _hit() -> int:
    """The facts that count, spread over three months; how many companies there are."""
    with reading():
        ids = list(Company.objects.filter(archived_at=None).order_by("pk").values_list("pk", flat=True))
    now = datetime.now(UTC)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        keys = iter(new_keys(EACH * len(some)))
        hits = [
            ScoreHit(
                pk=(key := next(keys)),
                object="company",
                record_id=one,
                fact="quote.opened" if at == 0 else "activity.logged",
                fact_id=key,
                at=now - timedelta(days=(one // 7 + 29 * at) % 90, hours=1),
            )
            for one in some
            for at in range(EACH)
        ]
        with transaction.atomic():
            ScoreHit.objects.bulk_create(hits, batch_size=5_000)
    return len(ids)


def _bare_update() -> None:
    hits = (
        "SELECT COUNT(*) FROM automation_score_hit h WHERE h.workspace_id = c.workspace_id"
        " AND h.object = 'company' AND h.record_id = c.id AND h.fact = '{}'"
    )
    points = (
        "CASE WHEN c.employees > 100 THEN 15 ELSE 0 END + CASE WHEN c.industry <> '' THEN 5 ELSE 0 END"
        f" + 10 * ({hits.format('activity.logged')}) + 20 * ({hits.format('quote.opened')})"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # Of as many rows, and taken back: the nights begin where the set began.
        cursor.execute(f"UPDATE people_company AS c SET score = {points}")
        transaction.set_rollback(True)


def _let_a_day_pass() -> None:
    with transaction.atomic():
        ScoreHit.objects.update(at=F("at") - timedelta(days=1))
