from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "guanxi.platform.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from guanxi.platform.i18n.dates import format_relative
        from guanxi.platform.i18n.labels import L
        from guanxi.platform.i18n.own_days import reads_week
        from guanxi.platform.identity import forms
        from guanxi.platform.identity.agents import browser_name
        from guanxi.platform.identity.hours import weekdays_of_workspace
        from guanxi.platform.identity.permissions import register_object
        from guanxi.platform.identity.settings_pages import (
            SettingsPage,
            everybody,
            register,
            settings_groups,
        )
        from guanxi.web import jinja
        from guanxi.web.navigation import NavEntry
        from guanxi.web.navigation import register as navigate

        reads_week(weekdays_of_workspace)
        jinja.extend(
            globals={
                "settings_groups": settings_groups,
                "value_of": forms.value_of,
                "error_of": forms.error_of,
                "options_of": forms.options,
                "browser_name": browser_name,
            },
            filters={"ago": format_relative},
        )
        register(SettingsPage("profile", _("Profile"), "/settings/profile/", "me", 10, everybody))
        register(SettingsPage("shortcuts", _("Shortcuts"), "/settings/shortcuts/", "me", 20, everybody))
        register(
            SettingsPage("security", _("Password and sessions"), "/settings/security/", "me", 30, everybody)
        )
        register(SettingsPage("delegation", _("Delegation"), "/settings/delegation/", "me", 40, everybody))
        register(SettingsPage("workspace", _("Company profile"), "/settings/workspace/", "workspace", 10))
        register(SettingsPage("members", _("Members"), "/settings/members/", "workspace", 20, everybody))
        register(SettingsPage("teams", _("Teams"), "/settings/teams/", "workspace", 30))
        register(SettingsPage("roles", _("Roles"), "/settings/roles/", "workspace", 40))
        register(SettingsPage("tokens", _("API tokens"), "/settings/tokens/", "developers", 10, everybody))
        navigate(
            NavEntry(
                "settings",
                _("Settings"),
                icon="settings-2",
                url="/settings/",
                group="operations",
                order=90,
                key="S",
            )
        )
        register_object(
            "member",
            L("Members", "成员", "成員"),
            {
                "invite": L("Invite", "邀请", "邀請"),
                "change": L("Change role and team", "改角色和团队", "變更角色和團隊"),
                "end": L("Shut out", "停用", "停用"),
            },
        )
