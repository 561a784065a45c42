from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.functional import lazystr


class RecordsConfig(AppConfig):
    name = "guanxi.platform.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put every object with a group into the navigation; metadata has loaded them by now."""
        from django.utils.translation import gettext_lazy as _

        from guanxi.platform.identity.settings_pages import SettingsPage, everybody, register
        from guanxi.platform.metadata import registry

        for obj in registry.objects():
            if obj.group:
                _enter_navigation(obj.name)
        register(SettingsPage("objects", _("Objects and fields"), "/settings/objects/", "data", 10))
        register(SettingsPage("tags", _("Tags"), "/settings/tags/", "data", 30, everybody))


def _enter_navigation(name: str) -> None:
    from guanxi.platform.metadata import registry
    from guanxi.web.navigation import NavEntry, register

    obj = registry.get(name)

    def visible(request: HttpRequest) -> bool:
        actor = getattr(request, "actor", None)
        return actor is not None and actor.may("see", name)

    register(
        NavEntry(
            obj.plural,
            lazystr(obj.plural_label),
            icon=obj.icon,
            url=f"/{obj.plural}/",
            group=obj.group,
            order=obj.order,
            key=obj.key,
            tab=obj.tab,
            visible=visible,
        )
    )
