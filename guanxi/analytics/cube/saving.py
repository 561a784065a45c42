"""Cubes that are kept: one's own, the team's, everybody's."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from guanxi.analytics.cube.models import SavedCube
from guanxi.analytics.semantic.compiling import plan_of
from guanxi.analytics.semantic.cubes import Cube
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.fields.text import printable


@transaction.atomic
def save_cube(cube: Cube, *, name: str, shared: str = "", by: Actor) -> SavedCube:
    """Keep a cube: `shared` is "" for oneself, "team", or "all" (administrators only).

    Raises InvalidValues without a name, FieldError for a cube that has no meaning, Refused.
    """
    if by.member_id is None:
        raise Refused(_("Only members keep cubes."))
    name = " ".join(printable(name).split())[:80]
    if not name:
        raise InvalidValues({"name": [FieldError("required", _("Give it a name."))]})
    if shared == "all" and not by.administers:
        raise Refused(_("Only administrators share with everybody."))
    if shared == "team" and by.team_id is None:
        raise InvalidValues({"shared": [FieldError("team", _("You are in no team."))]})
    plan_of(cube, by)
    saved = SavedCube(
        workspace_id=by.workspace_id,
        name=name,
        query=cube.query,
        member_id=None if shared == "all" else by.member_id,
        team_id=by.team_id if shared == "team" else None,
    )
    saved.save(force_insert=True)
    return saved


@transaction.atomic
def delete_cube(cube_id: int, *, by: Actor) -> None:
    """Take one's own cube away, or, as an administrator, anybody's that one sees. Raises NotFound."""
    found = cubes_of(by).filter(pk=cube_id).first()
    if found is None or not found.belongs_to(by):
        raise NotFound(f"cube {cube_id}")
    found.delete()


def cubes_of(by: Actor) -> QuerySet[SavedCube]:
    """The cubes that the actor sees: the own ones, those of the own team and those above, everybody's."""
    rows = SavedCube.objects.order_by("name", "pk")
    found: QuerySet[SavedCube] = rows.filter(
        Q(member=None) | Q(member=by.member_id) | Q(team__in=by.above_ids)
    )
    return found
