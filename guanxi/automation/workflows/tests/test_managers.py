"""Whom “the owner's manager” means."""

from django.utils import timezone

from guanxi.automation.workflows.people import manager_of
from guanxi.platform.identity.actions.teams import set_head
from guanxi.platform.identity.models import Member
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor


def test_the_manager_is_the_head_of_the_team_who_is_at_work(cast):
    with in_workspace(cast.xishan.pk):
        assert manager_of(cast.rep.pk) == cast.manager.pk, "whose role reaches the team, where it has no head"
        set_head(team=cast.rep.team, head=cast.observer, by=actor(cast.admin))
        assert manager_of(cast.rep.pk) == cast.observer.pk
        cast.observer.user.deactivated_at = timezone.now()
        cast.observer.user.save(update_fields=["deactivated_at"])
        assert manager_of(cast.rep.pk) not in (cast.observer.pk, cast.rep.pk, None)


def test_who_has_nobody_above_them_answers_themselves(cast):
    with in_workspace(cast.xishan.pk):
        Member.objects.exclude(pk=cast.admin.pk).update(left_at=timezone.now())
        assert manager_of(cast.admin.pk) == cast.admin.pk
