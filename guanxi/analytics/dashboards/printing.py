"""A dashboard as a PDF, one cube as a picture: the same headlines and drawings as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guanxi.analytics.dashboards.computing import Shown, as_paper
from guanxi.platform.files.typesetting import typeset
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.actors import Actor
from guanxi.platform.tenancy.models import Workspace

_TEMPLATE = Path(__file__).with_name("dashboard.typ")
_MOST_COLUMNS = 12


def print_panels(title: str, sub: str, panels: Sequence[Shown], by: Actor) -> bytes:
    """The PDF: A4, lying, in the language of who asks, with what that member may see."""
    return typeset(_TEMPLATE, _data(title, sub, panels, by, picture=False))


def draw_panel(shown: Shown, by: Actor) -> bytes:
    """One panel as a PNG."""
    return typeset(_TEMPLATE, _data(shown.headline, "", [shown], by, picture=True), form="png")


def _data(title: str, sub: str, panels: Sequence[Shown], by: Actor, *, picture: bool) -> dict[str, Any]:
    workspace = Workspace.objects.get(pk=by.workspace_id)
    now, red_up = format_datetime(timezone.now(), year=True), workspace.delta == "cn"
    return {
        "language": get_language() or "en",
        "firm": workspace.name,
        "red_up": red_up,
        "title": title,
        "sub": sub,
        "foot": _("%(member)s · %(when)s") % {"member": by.name, "when": now},
        "picture": picture,
        "rows": _rows([as_paper(one, red_up=red_up) for one in panels]),
    }


def _rows(panels: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Panels beside each other as long as they fit."""
    rows: list[list[dict[str, Any]]] = []
    taken = _MOST_COLUMNS
    for one in panels:
        if taken + one["width"] > _MOST_COLUMNS:
            rows.append([])
            taken = 0
        rows[-1].append(one)
        taken += one["width"]
    return rows
