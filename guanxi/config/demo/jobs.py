"""Sample data for a workspace that was just set up."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.config.demo.story import fill
from guanxi.platform.identity.acting import working_member
from guanxi.platform.identity.models import Member


def offer(administrator: Member) -> None:
    """Start filling the new workspace; the page that follows does not wait for it."""
    fill_workspace.enqueue(member_id=administrator.pk)


@task()
def fill_workspace(member_id: int) -> None:
    """Put the demo firm's people and year into the workspace of this administrator, all of it or nothing.

    Its people get no password: the demo's is known to everybody.
    """
    with transaction.atomic():
        administrator = working_member(member_id=member_id)
        if administrator is not None:
            fill(administrator, today=timezone.localdate(), password=None)
