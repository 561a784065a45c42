from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.timeline.models import TimelineEntry, Traffic

__all__ = ["Activity", "TimelineEntry", "Traffic"]
