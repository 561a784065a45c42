"""What a report shows on its page: what was done in its time, with links to what the reader may see."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from guanxi.collaboration.reports.models import WorkReport
from guanxi.collaboration.reports.objects import WORK_REPORT
from guanxi.collaboration.reports.telling import lines_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.panels import Panel, register


def done_in(record: WorkReport, actor: Actor) -> dict[str, Any]:
    """What was done, of what this reader may see."""
    return {"lines": lines_of(record, by=actor)}


register(
    Panel(
        name="done",
        label=gettext_lazy("Done"),
        objects=(WORK_REPORT.name,),
        place="tab",
        order=5,
        template="collaboration/report_lines.html",
        context=done_in,
    )
)
