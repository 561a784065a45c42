from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "guanxi.analytics"
    label = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from guanxi.analytics.cube.askable import askable
        from guanxi.web.navigation import NavEntry, register

        def asks(request: HttpRequest) -> bool:
            actor = getattr(request, "actor", None)
            return actor is not None and bool(askable(actor))

        register(
            NavEntry(
                "dashboards",
                _("Dashboards"),
                "chart-line",
                "/analytics/dashboards/",
                group="insight",
                order=10,
                visible=asks,
            )
        )
        register(
            NavEntry("cube", _("Cube"), "box", "/analytics/cube/", group="insight", order=20, visible=asks)
        )
        register(
            NavEntry(
                "insights",
                _("Analyses"),
                "chart-pie",
                "/analytics/insights/",
                group="insight",
                order=30,
                visible=asks,
            )
        )
