from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    name = "guanxi.automation"
    label = "automation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import guanxi.automation.workflows.texts  # noqa: F401
        from guanxi.automation.today.views import waiting
        from guanxi.web.navigation import NavEntry, register

        register(
            NavEntry(
                "today",
                _("Today"),
                icon="sun",
                url="/today/",
                order=1,
                count=waiting,
                hot=True,
                key="T",
                tab=1,
            )
        )
        register(
            NavEntry(
                "automations",
                _("Automations"),
                icon="workflow",
                url="/automations/",
                group="operations",
                order=10,
                visible=lambda request: request.actor.administers,  # type: ignore[attr-defined]
            )
        )
