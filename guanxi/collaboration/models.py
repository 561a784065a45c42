from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.clashes.models import Clash, ClashPolicy, ClashRecord
from guanxi.collaboration.notifications.models import Follow, Notification, NotificationChoice
from guanxi.collaboration.timeline.models import TimelineEntry, Traffic
from guanxi.collaboration.visits.models import VisitPolicy

__all__ = [
    "Activity",
    "Attachment",
    "Clash",
    "ClashPolicy",
    "ClashRecord",
    "Follow",
    "Notification",
    "NotificationChoice",
    "TimelineEntry",
    "Traffic",
    "VisitPolicy",
]
