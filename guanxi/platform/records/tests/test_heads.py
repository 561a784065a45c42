"""The head of a team sees and edits what its members own, as far as the role goes, and hands it over."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from guanxi.platform.identity.actions.roles import change_role
from guanxi.platform.identity.actions.teams import set_head
from guanxi.platform.identity.models import Team
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import find_record, reaches, row_rule
from guanxi.platform.records.sharing.why import explain
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
COMPANY = registry.get("company")


def lead(cast: Cast, member, team: Team) -> None:
    with in_workspace(cast.xishan.pk):
        set_head(team=team, head=member, by=actor(cast.admin))


def test_a_head_reaches_the_team_and_those_below_whatever_the_scope(cast: Cast):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        mine = create_record(object="company", values={"name": "south"}, by=actor(cast.rep))
        below = create_record(object="company", values={"name": "below"}, by=actor(cast.below))
        far = create_record(object="company", values={"name": "far"}, by=actor(cast.stranger))
    role = give_role(cast.stranger, {"*": {"verbs": ["*"], "see": "own", "edit": "own"}})
    with in_workspace(cast.xishan.pk), reading():
        assert not reaches(COMPANY, mine, actor(cast.stranger))
    lead(cast, cast.stranger, cast.south)
    with in_workspace(cast.xishan.pk), reading():
        by = actor(cast.stranger)
        assert by.led_ids == tuple(sorted((cast.south.pk, cast.shenzhen.pk)))
        for access in ("see", "edit", "delete", "export"):
            rule = row_rule(COMPANY, by, access=access)
            found = {
                row[0] for row in fetch(f"SELECT r.id FROM {COMPANY.table} r WHERE {rule.text}", rule.params)
            }
            assert found == {mine.pk, below.pk, far.pk}
            assert all(reaches(COMPANY, one, by, access=access) for one in (mine, below, far))
        assert find_record(COMPANY, mine.pk, by=by, access="edit").pk == mine.pk
        answers = {one.access: one for one in explain(COMPANY, mine, cast.stranger)}
        assert answers["see"].allowed
        assert any("South" in reason.text for reason in answers["see"].reasons)
    with in_workspace(cast.xishan.pk):
        grants = {"*": {"verbs": [], "see": "own", "edit": "none"}}
        change_role(role=role, grants=grants, by=actor(cast.admin))
        cast.stranger.role.refresh_from_db()
    with in_workspace(cast.xishan.pk), reading():
        assert reaches(COMPANY, mine, actor(cast.stranger))
        assert not reaches(COMPANY, mine, actor(cast.stranger), access="edit")  # what the role does not grant
    lead(cast, None, cast.south)
    with in_workspace(cast.xishan.pk), reading():
        assert actor(cast.stranger).led_ids == ()
        assert not reaches(COMPANY, mine, actor(cast.stranger))


def test_a_head_hands_over_within_the_teams(cast: Cast):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        below = create_record(object="company", values={"name": "below"}, by=actor(cast.below))
    door = f"/settings/members/{cast.below.pk}/hand-over/"
    rep = client_for(cast.rep)
    assert rep.get(door).status_code == 403
    assert rep.post(door, {"to": str(cast.rep.pk)}).status_code == 403
    assert rep.get("/settings/led/").status_code == 403
    lead(cast, cast.rep, cast.south)
    page = rep.get("/settings/led/").content.decode()
    assert door in page
    assert str(cast.stranger.pk) not in page
    page = rep.get(door).content.decode()
    assert f'value="{cast.rep.pk}"' in page
    assert f'value="{cast.stranger.pk}"' not in page
    assert rep.post(door, {"to": str(cast.stranger.pk)}).status_code == 422
    assert rep.get(f"/settings/members/{cast.stranger.pk}/hand-over/").status_code == 403
    assert rep.post(door, {"to": str(cast.rep.pk)}).status_code in (302, 303)
    meanwhile = rep.get(door).content.decode()
    assert 'id="handing" hx-get=' in meanwhile, "it says by itself when all have arrived"
    assert 'name="to"' not in meanwhile
    run_pending_jobs()
    assert 'id="handing" hx-get=' not in rep.get(door).content.decode()
    with in_workspace(cast.xishan.pk), reading():
        below.refresh_from_db()
        assert below.owner_id == cast.rep.pk
    for nobody in (cast.stranger, cast.outsider):
        assert client_for(nobody).get(door).status_code in (403, 404)


def test_administrators_name_heads(cast: Cast):
    door = f"/settings/teams/{cast.south.pk}/"
    sent = {"name": "South", "parent": str(cast.top.pk), "head": str(cast.rep.pk)}
    assert client_for(cast.rep).post(door, sent).status_code == 403
    admin = client_for(cast.admin)
    assert admin.post(door, {**sent, "head": str(cast.outsider.pk)}).status_code == 422
    assert admin.post(door, sent).status_code in (302, 303)
    assert "林知遥" in admin.get("/settings/teams/").content.decode()
    with in_workspace(cast.xishan.pk), pytest.raises((PermissionDenied, ValidationError)):
        set_head(team=Team.objects.get(pk=cast.north.pk), head=cast.rep, by=actor(cast.rep))


def test_nobody_who_left_leads_a_team(cast: Cast):
    cast.rep.left_at = timezone.now()
    with in_workspace(cast.xishan.pk), pytest.raises(ValidationError):
        set_head(team=Team.objects.get(pk=cast.south.pk), head=cast.rep, by=actor(cast.admin))
