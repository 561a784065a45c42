from importlib import import_module

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from guanxi.web import navigation


class CollaborationConfig(AppConfig):
    name = "guanxi.collaboration"
    label = "collaboration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("guanxi.collaboration.timeline.pulses")  # answers for the pulses of records
        from guanxi.collaboration.models import Attachment, ClashRecord, Follow, Notification, TimelineEntry
        from guanxi.platform.records.merging.following import follow_merges

        for model in (Attachment, ClashRecord, Follow, Notification, TimelineEntry):
            follow_merges(model)
        from guanxi.collaboration.attachments.queries import names_of_files
        from guanxi.platform.records.search import finds_by

        finds_by(names_of_files)
        from guanxi.collaboration.attachments.actions import attach_missing, detach_files
        from guanxi.platform.records.importing.attaching import Attaching, attach_by

        attach_by(Attaching(attach_missing, detach_files))
        from guanxi.collaboration.notifications.actions import read_of
        from guanxi.platform.records.opened import hears_opened

        hears_opened(read_of)
        from guanxi.collaboration.clashes.pages import link_of_pair, link_of_record
        from guanxi.platform.identity.settings_pages import SettingsPage, everybody, register
        from guanxi.platform.records.entries import enter_pairs, enter_records

        import_module("guanxi.collaboration.attachments.resources")
        import_module("guanxi.collaboration.clashes.resources")
        enter_records(link_of_record)
        from guanxi.collaboration.visits.panels import link_of_record as arrival_at

        enter_records(arrival_at)
        enter_pairs(link_of_pair)
        register(SettingsPage("clashes", _("Clashes"), "/clashes/", "data", 25, everybody))
        navigation.register(
            navigation.NavEntry("calendar", _("Calendar"), icon="calendar-clock", url="/calendar/", order=20)
        )
        navigation.register(
            navigation.NavEntry("visits", _("Visits"), icon="map-pin", url="/visits/", order=22)
        )
        navigation.register(
            navigation.NavEntry(
                "notifications",
                _("Notifications"),
                icon="bell",
                url="/notifications/",
                order=30,
                count=_unread,
                hot=True,
            )
        )


def _unread(request: HttpRequest) -> int | None:
    from guanxi.collaboration.notifications.queries import unread_count

    actor = getattr(request, "actor", None)
    return unread_count(actor) if actor and actor.member_id else None
