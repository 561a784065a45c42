"""What went wrong with a feed stands at the top of its page."""

from __future__ import annotations

from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.panels import Panel, register
from guanxi.sales.tenders.objects import FEED

register(
    Panel(
        name="trouble",
        label=FEED["error"].label,
        objects=(FEED.name,),
        place="head",
        order=5,
        template="sales/feed_trouble.html",
        context=lambda record, actor: {"error": record.error, "failures": record.failures},
        visible=lambda record, actor: bool(record.error) and sees(FEED, ("error",), actor),
    )
)
