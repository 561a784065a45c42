"""Dashboards that are kept: one's own, the team's, everybody's. To see is not to change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from guanxi.analytics.dashboards.models import Dashboard
from guanxi.analytics.dashboards.panels import (
    MOST_PANELS,
    WIDTHS,
    Look,
    Panel,
    panel_json,
    panel_of,
    read_panel,
)
from guanxi.analytics.semantic.compiling import plan_of
from guanxi.analytics.semantic.cubes import Cube
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.fields.text import printable

MOST = 100  # of a member


@transaction.atomic
def make_dashboard(
    *, name: str, shared: str = "", panels: Sequence[Panel] = (), look: Look | None = None, by: Actor
) -> Dashboard:
    """A dashboard: `shared` is "" for oneself, "team", or "all" (administrators only).

    Raises InvalidValues without a name, Refused.
    """
    if by.member_id is None:
        raise Refused(_("Only members keep dashboards."))
    if Dashboard.objects.filter(member_id=by.member_id).count() >= MOST:
        raise InvalidValues({"": [FieldError("many", _("These are too many."))]})
    look = look or Look()
    row = Dashboard(
        workspace_id=by.workspace_id,
        panels=[panel_json(one) for one in panels[:MOST_PANELS]],
        period=look.period,
        compare=look.compare,
    )
    _set_name(row, name)
    _share(row, shared, by)
    row.save(force_insert=True)
    return row


@transaction.atomic
def change_dashboard(dashboard_id: int, *, name: str, shared: str, look: Look, by: Actor) -> Dashboard:
    """Name, for whom, and with what it opens. Raises NotFound, Refused, InvalidValues."""
    row = own_dashboard(dashboard_id, by=by)
    _set_name(row, name)
    if shared != shared_of(row):
        _share(row, shared, by)
    row.period, row.compare = look.period, look.compare
    row.save()
    return row


@transaction.atomic
def delete_dashboard(dashboard_id: int, *, by: Actor) -> None:
    """Raises NotFound for what is another's."""
    own_dashboard(dashboard_id, by=by).delete()


@transaction.atomic
def put_on_dashboard(cube: Cube, dashboard_id: int, *, by: Actor) -> Dashboard:
    """A panel more at the end; the same cube once. Raises NotFound, Refused, FieldError, InvalidValues."""
    row = own_dashboard(dashboard_id, by=by)
    if not registry.has(cube.object) or not by.may("see", cube.object):
        raise Refused(f"{cube.object}.see")
    plan_of(cube, by)
    panel = panel_of(cube)
    panels = panels_in(row)
    if any((one.cubes, one.draw) == (panel.cubes, panel.draw) for one in panels):
        return row
    if len(panels) >= MOST_PANELS:
        said = _("A dashboard holds %(most)d panels.") % {"most": MOST_PANELS}
        raise InvalidValues({"": [FieldError("many", said)]})
    return _keep(row, [*panels, panel])


@transaction.atomic
def arrange_panel(dashboard_id: int, key: str, how: str, *, by: Actor) -> Dashboard:
    """Move a panel (`earlier`, `later`), make it `wider` or `narrower`, or take it away (`removal`).

    One that is gone already is no error: somebody pressed twice. Raises NotFound.
    """
    change = _CHANGES.get(how)
    if change is None:
        raise NotFound(how)
    row = own_dashboard(dashboard_id, by=by)
    panels = panels_in(row)
    place = next((at for at, one in enumerate(panels) if one.key == key), None)
    return row if place is None else _keep(row, change(panels, place))


def dashboards_of(by: Actor) -> QuerySet[Dashboard]:
    """Those that the actor sees: the own ones, those of the own team and those above, everybody's."""
    found: QuerySet[Dashboard] = Dashboard.objects.order_by("name", "pk").filter(
        Q(member=None) | Q(member=by.member_id) | Q(team__in=by.above_ids)
    )
    return found


def find_dashboard(dashboard_id: int, *, by: Actor) -> Dashboard:
    """Raises NotFound for one that the actor does not see."""
    row = dashboards_of(by).filter(pk=dashboard_id).first()
    if row is None:
        raise NotFound(f"dashboard {dashboard_id}")
    return row


def own_dashboard(dashboard_id: int, *, by: Actor) -> Dashboard:
    """One that the actor may change, for changing; raises NotFound for every other."""
    row = dashboards_of(by).select_for_update(of=("self",)).filter(pk=dashboard_id).first()
    if row is None or not row.belongs_to(by):
        raise NotFound(f"dashboard {dashboard_id}")
    return row


def panels_in(row: Dashboard) -> list[Panel]:
    """What is kept; what has no meaning any more is left out."""
    found = []
    for one in row.panels:
        try:
            found.append(read_panel(one))
        except FieldError:
            continue
    return found


def shared_of(row: Dashboard) -> str:
    """ "", "team" or "all"."""
    return "all" if row.member_id is None else "team" if row.team_id else ""


def _keep(row: Dashboard, panels: Sequence[Panel]) -> Dashboard:
    row.panels = [panel_json(one) for one in panels]
    row.save(update_fields=["panels"])
    return row


def _set_name(row: Dashboard, name: str) -> None:
    row.name = " ".join(printable(name).split())[:80]
    if not row.name:
        raise InvalidValues({"name": [FieldError("required", _("Give it a name."))]})


def _share(row: Dashboard, shared: str, by: Actor) -> None:
    if shared == "all" and not by.administers:
        raise Refused(_("Only administrators share with everybody."))
    if shared == "team" and by.team_id is None:
        raise InvalidValues({"shared": [FieldError("team", _("You are in no team."))]})
    row.member_id = None if shared == "all" else by.member_id
    row.team_id = by.team_id if shared == "team" else None


def _moved(panels: list[Panel], place: int, step: int) -> list[Panel]:
    there = min(max(place + step, 0), len(panels) - 1)
    panels.insert(there, panels.pop(place))
    return panels


def _resized(panels: list[Panel], place: int, step: int) -> list[Panel]:
    at = min(max(WIDTHS.index(panels[place].width) + step, 0), len(WIDTHS) - 1)
    panels[place] = replace(panels[place], width=WIDTHS[at])
    return panels


def _without(panels: list[Panel], place: int) -> list[Panel]:
    return panels[:place] + panels[place + 1 :]


_CHANGES: dict[str, Callable[[list[Panel], int], list[Panel]]] = {
    "earlier": lambda panels, place: _moved(panels, place, -1),
    "later": lambda panels, place: _moved(panels, place, 1),
    "wider": lambda panels, place: _resized(panels, place, 1),
    "narrower": lambda panels, place: _resized(panels, place, -1),
    "removal": _without,
}
