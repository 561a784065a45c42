"""Whether a deal may go from one stage to another: by the ways that are named, and by what is ticked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Role
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.questions import Question, Select, ask
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.gates.models import StageCheck, Tick, role_words

OPEN, LOST = "open", "lost"


def require_passage(deal: Any, came_from: Any, *, by: Actor) -> None:
    """Raise InvalidValues where the way of a deal from a stage to its present one is closed.

    Back, or into a lost stage, nothing needs to be ticked. Of a stage that is left out the list is owed, too.
    """
    to = deal.stage
    if to.pk == came_from.pk or to.kind == LOST:
        return
    ways = ways_from(came_from.pk, by=by)
    if ways is not None and to.pk not in ways:
        said = _("From “%(here)s” you can't move a deal to “%(there)s”.")
        words = said % {"here": came_from, "there": to}
        raise InvalidValues({"stage": [FieldError("passage", words)]})
    missing = _not_ticked(deal.pk, came_from, to)
    if missing:
        said = _("“%(stage)s” comes after this is ticked: %(items)s.")
        words = said % {"stage": to, "items": comma_list(missing)}
        raise InvalidValues({"stage": [FieldError("checklist", words)]})


def ways_from(stage_id: int, *, by: Actor) -> set[int] | None:
    """The stages to which this actor may move a deal from there; None where every way is open."""
    (ways,) = ask(ways_question(stage_id))
    return open_ways(ways, by=by)


def ways_question(stage_id: int) -> Question[list[tuple[int, str | None]]]:
    """The ways out of a stage: to which one, and for which role."""
    select = Select(
        ("w.to_id", "w.role"),
        "FROM sales_passage w WHERE w.workspace_id = %s AND w.stage_id = %s AND w.archived_at IS NULL",
        (require_workspace_id(), stage_id),
        ("bigint", "text"),
    )
    return Question((select,), lambda raw: [(row[0], row[1]) for row in raw[0]])


def open_ways(ways: Sequence[tuple[int, str | None]], *, by: Actor) -> set[int] | None:
    """Of the ways out of a stage those that this actor may go; None where none is named."""
    if not ways:
        return None
    words = _words_of(by) if any(role for _to, role in ways) else set()
    return {to for to, role in ways if not role or by.administers or role.casefold() in words}


def _words_of(by: Actor) -> set[str]:
    role = Role.objects.filter(pk=by.role_id).first() if by.role_id else None
    return role_words(role) if role else set()


def _not_ticked(deal_id: int, came_from: Any, to: Any) -> list[str]:
    """What is needed and not done of the lists from one stage up to before another one."""
    asked = StageCheck.objects.filter(needed=True, archived_at=None, stage__archived_at=None)
    if to.pipeline_id == came_from.pipeline_id:
        asked = asked.filter(
            stage__pipeline=to.pipeline_id,
            stage__kind=OPEN,
            stage__position__gte=came_from.position,
            stage__position__lt=to.position,
        )
    else:  # to another way of selling: only what was begun is owed
        asked = asked.filter(stage=came_from.pk)
    if came_from.kind != OPEN:
        return []
    rows = list(asked.order_by("stage__position", "position", "pk").values_list("pk", "name"))
    if not rows:
        return []
    done = set(Tick.objects.filter(deal=deal_id, archived_at=None).values_list("item", flat=True))
    return [name for key, name in rows if key not in done]
