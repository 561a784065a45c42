from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    name = "guanxi.automation"
    label = "automation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported for what they register: the shape as text, what keeps a record while it waits, the API.
        import guanxi.automation.approvals.holding
        import guanxi.automation.approvals.resources
        import guanxi.automation.approvals.texts
        import guanxi.automation.assignment.texts
        import guanxi.automation.email_templates.resources
        import guanxi.automation.email_templates.texts
        import guanxi.automation.scoring.resources
        import guanxi.automation.scoring.texts
        import guanxi.automation.workflows.resources
        import guanxi.automation.workflows.texts  # noqa: F401
        from guanxi.automation.approvals.people_changes import refill_lines
        from guanxi.automation.approvals.views import waiting as approvals_waiting
        from guanxi.automation.today.views import waiting
        from guanxi.platform.identity.changes import hear
        from guanxi.platform.identity.settings_pages import SettingsPage
        from guanxi.platform.identity.settings_pages import register as register_settings
        from guanxi.web.navigation import NavEntry, register

        hear(refill_lines)
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
                "approvals",
                _("Approvals"),
                icon="stamp",
                url="/approvals/",
                order=3,
                count=approvals_waiting,
                hot=True,
            )
        )
        register_settings(SettingsPage("approvals", _("Approvals"), "/settings/approvals/", "data", 21))
        register(
            NavEntry(
                "automations",
                _("Automations"),
                icon="workflow",
                url="/automations/",
                group="operations",
                order=10,
                visible=_administers,
            )
        )
        register_settings(SettingsPage("scores", _("Scores"), "/settings/scores/", "data", 27))
        register_settings(
            SettingsPage("email_templates", _("Email templates"), "/settings/email-templates/", "data", 29)
        )
        register_settings(SettingsPage("assignment", _("Assignment"), "/settings/assignment/", "data", 28))


def _administers(request: HttpRequest) -> bool:
    actor = getattr(request, "actor", None)
    return actor is not None and bool(actor.administers)
