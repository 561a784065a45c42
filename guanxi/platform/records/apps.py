from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.http import HttpRequest
from django.utils.functional import lazystr

from guanxi.web.navigation import NavEntry

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor
    from guanxi.platform.metadata.objects import Object


class RecordsConfig(AppConfig):
    name = "guanxi.platform.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put every object with a group into the navigation; metadata has loaded them by now."""
        from django.utils.translation import gettext_lazy as _

        import guanxi.platform.records.uses  # noqa: F401  says which views name a field
        from guanxi.platform.identity.kept import reads_kept_forms
        from guanxi.platform.identity.settings_pages import SettingsPage, everybody, register
        from guanxi.platform.records.addresses import ref_url
        from guanxi.web import jinja

        jinja.extend(filters={"ref_url": ref_url})
        from guanxi.platform.metadata import registry
        from guanxi.platform.records.duplicates.resources import offer_queue
        from guanxi.platform.records.merging.filtering import filters_follow_merges
        from guanxi.platform.records.merging.following import follow_merges
        from guanxi.platform.records.models import AccessRequest, SavedView, Share, ShareRule
        from guanxi.platform.records.outlines.resources import offer_outline
        from guanxi.platform.records.pages.kept_forms import read_record_form
        from guanxi.platform.records.pages.resources import offer_changes
        from guanxi.platform.records.privacy.resources import offer_privacy
        from guanxi.platform.records.search.resources import offer_search
        from guanxi.platform.records.sharing.opening import offer_opening
        from guanxi.platform.records.sharing.pages import ways_to_ask
        from guanxi.platform.records.sharing.people import offer_people
        from guanxi.platform.records.sharing.resources import offer_hand_overs
        from guanxi.platform.records.sharing.standing_in import offer_delegations
        from guanxi.platform.records.sharing.working_hours import offer_hours
        from guanxi.platform.records.tag_doors import offer_tags
        from guanxi.platform.records.tallies.keeping import keep_after_migrating, let_go_before_migrating
        from guanxi.platform.records.transfer.resources import offer_copies
        from guanxi.web import navigation

        pre_migrate.connect(let_go_before_migrating, sender=self, dispatch_uid="records.tallies_let_go")
        post_migrate.connect(keep_after_migrating, sender=self, dispatch_uid="records.tallies_kept")
        reads_kept_forms(read_record_form)
        navigation.offer_way_out(ways_to_ask)
        offer_changes()
        offer_opening()
        offer_people()
        offer_privacy()
        offer_outline()
        offer_copies()
        offer_delegations()
        offer_hand_overs()
        offer_hours()
        offer_queue()
        offer_search()
        offer_tags()
        filters_follow_merges(SavedView)
        filters_follow_merges(ShareRule)
        follow_merges(Share)
        follow_merges(AccessRequest)
        for obj in registry.objects():
            if obj.group:
                navigation.register(_entry(obj))
        navigation.register(
            NavEntry("import", _("Import"), "upload", "/import/", group=navigation.MENU, visible=_may_import)
        )
        navigation.offer(_own_entries)
        navigation.offer(_pinned_views)
        register(SettingsPage("objects", _("Objects and fields"), "/settings/objects/", "data", 10))
        register(
            SettingsPage("configuration", _("Configuration file"), "/settings/configuration/", "data", 15)
        )
        register(SettingsPage("duplicates", _("Duplicates"), "/settings/duplicates/", "data", 20))
        register(SettingsPage("sharing", _("Sharing rules"), "/settings/sharing/", "workspace", 45))
        register(SettingsPage("working_days", _("Working days"), "/settings/working-days/", "data", 39))
        register(SettingsPage("map", _("Map"), "/settings/map/", "data", 35))
        register(SettingsPage("rates", _("Exchange rates"), "/settings/rates/", "data", 40))
        register(SettingsPage("led", _("My teams"), "/settings/led/", "me", 70, _leads))
        register(SettingsPage("copies", _("Copy of the workspace"), "/settings/copies/", "data", 65))
        register(SettingsPage("privacy", _("Erasures"), "/privacy/", "data", 70))
        register(SettingsPage("changes", _("Changes"), "/changes/", "data", 50, everybody))
        register(SettingsPage("trash", _("Trash"), "/trash/", "data", 60, everybody))
        register(SettingsPage("tags", _("Tags"), "/settings/tags/", "data", 30, everybody))


def _leads(actor: Actor) -> bool:
    return bool(actor.led_ids)


def _may_import(request: HttpRequest) -> bool:
    from guanxi.platform.records.importing.preparing import may_import

    actor = getattr(request, "actor", None)
    return actor is not None and may_import(actor)


def _own_entries(request: HttpRequest) -> list[NavEntry]:
    """The objects that the workspace made."""
    from guanxi.platform.metadata import registry

    own = registry.of_workspace()
    return [_entry(obj) for obj in own.objects.values() if obj.kind] if own else []


def _pinned_views(request: HttpRequest) -> list[NavEntry]:
    """The views that the member wants at hand, below their object."""
    from guanxi.platform.metadata import registry
    from guanxi.platform.records.saved_views import pins_of

    member, actor = getattr(request, "member", None), getattr(request, "actor", None)
    if member is None or actor is None or not member.views:
        return []
    found = []
    for pin in pins_of(member):
        if not registry.has(pin["object"]) or not actor.may("see", pin["object"]):
            continue
        obj = registry.get(pin["object"])
        path = f"/{obj.plural}/board/" if pin["layout"] == "board" else f"/{obj.plural}/"
        found.append(
            NavEntry(
                f"view-{pin['view']}-{obj.name}",
                pin["label"],
                icon="pin",
                url=f"{path}?view={pin['view']}",
                group=obj.group,
                order=obj.order,
            )
        )
    return found


def _entry(obj: Object) -> NavEntry:
    from guanxi.platform.records.pages.layouts import last_layout_url

    name = obj.name

    def visible(request: HttpRequest) -> bool:
        actor = getattr(request, "actor", None)
        return actor is not None and actor.may("see", name)

    return NavEntry(
        obj.plural,
        lazystr(obj.plural_label),
        icon=obj.icon,
        url=f"/{obj.plural}/",
        href=obj.opens or last_layout_url(obj),
        group=obj.group,
        order=obj.order,
        key=obj.key,
        tab=obj.tab,
        visible=visible,
        aside=not obj.key and not obj.kind,
    )
