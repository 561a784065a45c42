from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django_tasks import task

from guanxi.automation.scoring.keeping import lock, weigh_records
from guanxi.automation.scoring.models import ScoreHit, ScoreModel
from guanxi.automation.scoring.weighing import AT_ONCE, KEPT_DAYS, hits_of, names_counted, past_facts
from guanxi.automation.workflows.matching import acting
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.transactions import reading


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=2), unique=True)
def weigh_all(model_id: int, fading: bool = False) -> None:
    """Weigh all records of a model: its rules changed (facts they count are looked up), or it is night."""
    with transaction.atomic():
        model = lock(model_id)
        if model is None:
            return
        edition = model.edition
        if not fading:
            _look_up(model)
    last, now = 0, datetime.now(UTC)
    while True:
        with transaction.atomic():
            model = lock(model_id)
            if model is None or model.edition != edition:
                return
            obj = registry.get(model.object)
            ids = list(
                obj.rows()
                .filter(pk__gt=last, archived_at=None)
                .order_by("pk")
                .values_list("pk", flat=True)[:AT_ONCE]
            )
            if ids:
                weigh_records(model, ids, by=acting(None, model.title), now=now, fading=fading)
                last = ids[-1]
            else:
                ScoreModel.objects.filter(pk=model_id).update(weighed_at=now)
                return


@schedule("scores", cron="20 2 * * *", per_workspace=True)
@task()
@policy(unique=True)
def weigh_by_night() -> None:
    """Every model once a night: what fades, what has left its window, and conditions that ask for today."""
    with reading():
        ids = list(ScoreModel.objects.filter(on_at__isnull=False).values_list("pk", flat=True))
    with transaction.atomic():
        ScoreHit.objects.filter(at__lt=datetime.now(UTC) - timedelta(days=KEPT_DAYS)).delete()
    for one in ids:
        weigh_all.enqueue(model_id=one, fading=True)


def _look_up(model: ScoreModel) -> None:
    """The facts that count and happened before anybody listened; those that are known stay as they are."""
    names = names_counted(model.rules)
    if not names:
        return
    days = max(one.get("within", 0) for one in model.rules)
    obj, since = registry.get(model.object), datetime.now(UTC) - timedelta(days=days)
    hits = hits_of(obj, past_facts(names, since=since), names)
    ScoreHit.objects.bulk_create(hits, ignore_conflicts=True, batch_size=500)
