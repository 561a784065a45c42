"""What takes longer than a request: filling rules, handing everything over, clearing what has ended."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.records.sharing.handing import hand_over_next, undo_next
from guanxi.platform.records.sharing.models import Share
from guanxi.platform.records.sharing.rules import fill_next, rules_of
from guanxi.platform.tenancy.transactions import reading


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6), unique=True)
def fill_rule(rule_id: int, version: int) -> None:
    """Go through all records of a rule's object, some at a time."""
    after: int | None = 0
    while after is not None:
        after = fill_next(rule_id, version=version, after=after)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6), unique=True)
def hand_over(hand_over_id: int) -> None:
    """Move what a member owns to others, some records at a time; done again, it goes on where it stood."""
    done = 0
    while moved := hand_over_next(hand_over_id):
        done += moved
        report_progress(done)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6), unique=True)
def undo_hand_over(hand_over_id: int) -> None:
    """Give back what nobody has changed since."""
    while undo_next(hand_over_id):
        report_progress(0)


@schedule("shares", cron="25 1 * * *", per_workspace=True)
@task()
@policy(unique=True)
def look_after_shares() -> None:
    """Shares that have ended are forgotten after a month; rules go through all their records anew."""
    with transaction.atomic():
        Share.objects.filter(until__lt=timezone.now() - timedelta(days=30)).delete()
    with reading():
        rules = rules_of()
    with transaction.atomic():
        for rule in rules:
            fill_rule.enqueue(rule_id=rule.pk, version=rule.version)
