"""Teams: adding, renaming, moving and removing nodes of the tree."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from guanxi.platform.identity.actions.workspaces import new_teams_version
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.models import Member, Team


def add_team(*, name: str, parent: Team | None, by: Actor) -> Team:
    """A new team under `parent`, or at the top. Raises ValidationError for a name its siblings have."""
    _require_administrator(by)
    team = Team(name=_clean_name(name), parent=parent)
    with transaction.atomic():
        new_teams_version(by.workspace_id)
        above = _fresh_path(parent)
        _check_depth(above)
        team.path = f"{above}{team.pk}/"
        _save(team)
        tell(Change("team", "created", team.pk, team.name, by))
    return team


def rename_team(*, team: Team, name: str, by: Actor) -> None:
    """Raises ValidationError for a name its siblings have."""
    _require_administrator(by)
    old, team.name = team.name, _clean_name(name)
    if old == team.name:
        return
    with transaction.atomic():
        _save(team)
        tell(Change("team", "changed", team.pk, team.name, by, {"name": [old, team.name]}))


def move_team(*, team: Team, parent: Team | None, by: Actor) -> None:
    """Hang a team, with all below it, under another one (or at the top).

    Raises ValidationError where the new parent is the team itself or below it.
    """
    _require_administrator(by)
    with transaction.atomic():
        new_teams_version(by.workspace_id)
        team.refresh_from_db()
        above = _fresh_path(parent)
        if above.startswith(team.path):
            raise ValidationError(_("A team can't move below itself."))
        old_parent, old_path = team.parent_id, team.path
        if old_parent == (parent.pk if parent else None):
            return
        below = Team.objects.filter(path__startswith=old_path)
        height = max(path.count("/") for path in below.values_list("path", flat=True)) - old_path.count("/")
        _check_depth(above, height)
        team.parent = parent
        _save(team)
        new_path = f"{above}{team.pk}/"
        below.update(path=Concat(Value(new_path), Substr(F("path"), len(old_path) + 1)))
        team.path = new_path
        tell(Change("team", "moved", team.pk, team.name, by, {"parent": [old_parent, team.parent_id]}))


def set_head(*, team: Team, head: Member | None, by: Actor) -> None:
    """Who leads a team, or nobody. Raises ValidationError for one who left."""
    _require_administrator(by)
    if head is not None and head.left_at is not None:
        raise ValidationError(_("Choose somebody who works here."))
    old, new = team.head_id, head.pk if head else None
    if old == new:
        return
    with transaction.atomic():
        new_teams_version(by.workspace_id)
        team.head_id = new
        team.save(update_fields=["head_id"])
        tell(Change("team", "changed", team.pk, team.name, by, {"head": [old, new]}))


def remove_team(*, team: Team, by: Actor) -> None:
    """Raises ValidationError while somebody works in it or a team hangs below it."""
    _require_administrator(by)
    with transaction.atomic():
        new_teams_version(by.workspace_id)
        if team.children.exists():
            raise ValidationError(_("There are teams below this one. Move them first."))
        if team.members.exists():
            raise ValidationError(_("Somebody is still in this team. Move them first."))
        team_id = team.pk
        team.delete()
        tell(Change("team", "removed", team_id, team.name, by))


def _require_administrator(by: Actor) -> None:
    if not by.administers:
        raise PermissionDenied


def _clean_name(name: str) -> str:
    if not (name := " ".join(name.split())):
        raise ValidationError(_("A team needs a name."))
    if len(name) > 100:
        raise ValidationError(_("A team's name has at most 100 characters."))
    return name


def _fresh_path(parent: Team | None) -> str:
    """Where the parent stands now, after the lock: it may have moved since it was read."""
    if parent is None:
        return "/"
    path: str | None = Team.objects.filter(pk=parent.pk).values_list("path", flat=True).first()
    if path is None:
        raise ValidationError(_("The team above is gone."))
    return path


def _check_depth(above: str, height: int = 0) -> None:
    """`height` is how many levels hang below the team that comes under the path `above`."""
    if above.count("/") + height > Team.MAX_DEPTH:
        raise ValidationError(_("Teams can be at most %(count)s levels deep.") % {"count": Team.MAX_DEPTH})


def _save(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise ValidationError(_("There is already a team “%(name)s” here.") % {"name": team.name}) from None
