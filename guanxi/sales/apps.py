from importlib import import_module

from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "guanxi.sales"
    label = "sales"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from guanxi.platform.identity.changes import hear
        from guanxi.platform.identity.settings_pages import SettingsPage, register
        from guanxi.sales.deals.first_pipeline import add_first_pipeline
        from guanxi.sales.first_scores import add_first_scores
        from guanxi.sales.first_workflows import add_first_workflows
        from guanxi.sales.pools.views import stands_somewhere
        from guanxi.web import navigation

        import_module("guanxi.sales.deals.texts")  # registers itself with the files of shapes
        import_module("guanxi.sales.pools.viewing")  # hears who opens what is in a pool
        navigation.register(
            navigation.NavEntry(
                "pools",
                _("Pools"),
                icon="inbox",
                url="/pools/",
                group="sales",
                order=26,
                visible=stands_somewhere,
                aside=True,
            )
        )
        hear(add_first_pipeline)
        hear(add_first_workflows)
        hear(add_first_scores)
        register(SettingsPage("quotes", _("Approval of quotes"), "/settings/quotes/", "data", 22))
        register(SettingsPage("pipelines", _("Pipelines"), "/settings/pipelines/", "data", 20))
        register(SettingsPage("project_templates", _("Project templates"), "/project_templates/", "data", 24))
        register(SettingsPage("feeds", _("Feeds of tenders"), "/feeds/", "data", 26))
        register(SettingsPage("numbers", _("Numbers"), "/settings/numbers/", "data", 25))
        navigation.register(
            navigation.NavEntry(
                "receivables", _("Receivables"), "banknote", "/receivables/",
                group="sales", order=95, aside=True,
                visible=lambda request: (actor := getattr(request, "actor", None)) is not None
                and actor.may("see", "instalment"),
            )
        )  # fmt: skip
        navigation.register(
            navigation.NavEntry(
                "performance", _("Performance"), "chart-no-axes-column-increasing", "/performance/",
                group="sales", order=96, aside=True,
                visible=lambda request: (actor := getattr(request, "actor", None)) is not None
                and actor.may("see", "target"),
            )
        )  # fmt: skip
