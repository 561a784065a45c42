from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.clashes.models import Clash, ClashPolicy, ClashRecord
from guanxi.collaboration.notifications.models import (
    Browser,
    Follow,
    Notification,
    NotificationChoice,
    Sending,
)
from guanxi.collaboration.reports.models import ReportPolicy, WorkReport
from guanxi.collaboration.timeline.models import TimelineEntry, Traffic
from guanxi.collaboration.visits.models import VisitPolicy

__all__ = [
    "Activity",
    "Attachment",
    "Browser",
    "Clash",
    "ClashPolicy",
    "ClashRecord",
    "Follow",
    "Notification",
    "NotificationChoice",
    "ReportPolicy",
    "Sending",
    "TimelineEntry",
    "Traffic",
    "VisitPolicy",
    "WorkReport",
]
