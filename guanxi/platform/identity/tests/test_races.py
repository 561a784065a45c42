"""Two people at the same moment, each on a connection of their own."""

import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from guanxi.platform.identity.actions.invitations import accept_invitation, invite
from guanxi.platform.identity.actions.members import change_member
from guanxi.platform.identity.actions.set_up import set_up_installation
from guanxi.platform.identity.actions.teams import move_team
from guanxi.platform.identity.models import Invitation, Member, Role, Team, Workspace
from guanxi.platform.identity.set_up_code import set_up_code
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import PASSWORD, actor, make_cast, new_user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[str]:
    """Run each in a thread, all starting together; says for each "done", or what was wrong."""
    said: list[str] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait()
            work()
            said.append("done")
        except ValidationError as error:
            said.append(error.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_two_administrators_who_demote_each_other():
    cast = make_cast()
    with in_workspace(cast.xishan.pk), reading():
        administrator, reader = Role.objects.get(system="administrator"), Role.objects.get(system="reader")
        change_member(member=cast.manager, role=administrator, by=actor(cast.admin))
        first, second = actor(cast.admin), actor(cast.manager)

    def demote(member: Member, by) -> None:
        with in_workspace(cast.xishan.pk):
            change_member(member=member, role=reader, by=by)

    said = at_once(lambda: demote(cast.manager, first), lambda: demote(cast.admin, second))
    assert sorted(words == "done" for words in said) == [False, True]


def test_two_moves_that_together_would_be_a_circle():
    cast = make_cast()
    with in_workspace(cast.xishan.pk), reading():
        by = actor(cast.admin)

    def move(team: Team, parent: Team) -> None:
        with in_workspace(cast.xishan.pk):
            move_team(team=team, parent=parent, by=by)

    said = at_once(lambda: move(cast.south, cast.north), lambda: move(cast.north, cast.south))
    assert sorted(words == "done" for words in said) == [False, True]


def test_an_invitation_that_is_used_twice_makes_one_member():
    cast = make_cast()
    user = new_user("new@xishan.example", "New")
    with in_workspace(cast.xishan.pk), reading():
        role = Role.objects.get(system="member")
        invite(email=user.email, role=role, team=None, by=actor(cast.admin))
        row = Invitation.objects.select_related("role", "team", "workspace").get()
    said = at_once(*[lambda: accept_invitation(invitation=row, user=user)] * 3)
    assert sorted(words == "done" for words in said) == [False, False, True]


def test_an_installation_is_set_up_once(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    code = set_up_code()

    def set_up(name: str) -> None:
        person = {"name": name, "email": f"{name}@x.example", "password": PASSWORD}
        set_up_installation(code=code, person=person, workspace={"name": name})

    said = at_once(lambda: set_up("one"), lambda: set_up("two"))
    assert sorted(words == "done" for words in said) == [False, True]
    assert Workspace.objects.count() == 1
