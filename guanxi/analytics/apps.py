from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor
    from guanxi.platform.metadata.figures import Figures
    from guanxi.platform.metadata.metrics import Metric
    from guanxi.platform.metadata.objects import Object
    from guanxi.platform.records.entries import Entry
    from guanxi.platform.records.search.views import Command


class AnalyticsConfig(AppConfig):
    name = "guanxi.analytics"
    label = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from guanxi.analytics.cube.askable import may_ask
        from guanxi.analytics.learning.resources import offer_learned
        from guanxi.platform.identity.settings_pages import SettingsPage
        from guanxi.platform.identity.settings_pages import register as register_settings
        from guanxi.platform.metadata.figures import provide_figures
        from guanxi.platform.metadata.shaping import examines_metric
        from guanxi.platform.records.entries import enter_lists
        from guanxi.platform.records.search.views import offer_commands
        from guanxi.web.navigation import NavEntry, register

        def asks(request: HttpRequest) -> bool:
            actor = getattr(request, "actor", None)
            return actor is not None and may_ask(actor)

        offer_learned()
        offer_commands(_ask)
        enter_lists(_past)
        examines_metric(_examine)
        register_settings(SettingsPage("warehouse", _("Warehouse"), "/analytics/warehouse/", "data", 66))
        register_settings(SettingsPage("metrics", _("Metrics"), "/settings/metrics/", "data", 15))
        provide_figures(_opened)
        register_settings(SettingsPage("learned", _("Learned models"), "/settings/learned/", "data", 27))
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


def _examine(one: Metric, by: Actor) -> None:
    """Loads the compiler when the first metric is made."""
    from guanxi.analytics.semantic.examining import examine

    examine(one, by)


def _opened() -> Figures:
    from guanxi.analytics.cube.opening import Opened

    return Opened()


def _past(obj: Object, filter_text: str, lanes: str, by: Actor) -> Entry | None:
    """From a list or a board to what it was on a day."""
    from guanxi.analytics.cube.askable import may_ask
    from guanxi.analytics.past.addresses import past_url, tells_of
    from guanxi.platform.records.entries import Entry

    if not may_ask(by) or not tells_of(obj, filter_text):
        return None
    return Entry(gettext("As it was on a day"), "history", past_url(obj, filter=filter_text, lanes=lanes))


def _ask(request: HttpRequest, asked: str) -> Iterator[Command]:
    """Whatever is longer than a name may be a question."""
    from guanxi.analytics.cube.askable import may_ask
    from guanxi.platform.records.addresses import with_query
    from guanxi.platform.records.search.views import Command

    actor = getattr(request, "actor", None)
    if len(asked) > 3 and actor is not None and may_ask(actor):
        label = gettext("Ask the data: %(question)s") % {"question": asked}
        yield Command("ask", label, "box", with_query("/analytics/questions/", q=asked))
