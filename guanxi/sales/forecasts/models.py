from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record, UnitsField, record_indexes
from guanxi.sales.targets.models import FIRM, MEMBER, TEAM, scope_words


class Forecast(Record):
    """What was expected of a month on a day: kept each week, and whenever somebody calls a figure.

    Sums are in the workspace's currency and contain each other: closed ⊂ commit ⊂ best_case ⊂ total.

    weighted   what is closed, and of each open deal its share by the probability of its stage
    low, high  between them lies what will be closed, in four cases of five
    called     what whoever answers for it says it will be, with the reason where that is not the commit
    """

    object_name: ClassVar[str] = "forecast"

    name = models.CharField(max_length=200, default="", blank=True)
    scope = models.CharField(max_length=10, default=MEMBER)
    month = models.DateField()
    taken_on = models.DateField()
    closed = UnitsField(default=Decimal(0))
    commit = UnitsField(default=Decimal(0))
    best_case = UnitsField(default=Decimal(0))
    total = UnitsField(default=Decimal(0))
    weighted = UnitsField(default=Decimal(0))
    low = UnitsField(null=True, blank=True)
    high = UnitsField(null=True, blank=True)
    called = UnitsField(null=True, blank=True)
    reason = models.CharField(max_length=300, null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_forecast"
        indexes = (
            *record_indexes("forecast", "taken_on"),
            models.Index(
                "workspace", "month", "scope", "owner", "team", "taken_on",
                name="forecast_month", condition=models.Q(archived_at__isnull=True),
            ),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        self.month = (self.month or timezone.localdate()).replace(day=1)
        self.taken_on = self.taken_on or timezone.localdate()
        if self.scope != MEMBER:
            self.owner_id = None
        if self.scope == FIRM:
            self.team_id = None
        if not self.name or {"scope", "month", "owner", "team"} & changed:
            whose = scope_words(self.scope, self.owner_id, self.team_id)
            self.name = " · ".join(part for part in (f"{self.month:%Y-%m}", whose) if part)[:200]
        super().derive(changed | {"name"})

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if self.scope == MEMBER and not self.owner_id:
            raise InvalidValues({"owner": [FieldError("required", _("Say whose forecast it is."))]})
        if self.scope == TEAM and not self.team_id:
            raise InvalidValues({"team": [FieldError("required", _("Say which team's forecast it is."))]})
        if not self._state.adding and "month" in changed:
            said = _("What was expected of a month stays with it.")
            raise InvalidValues({"month": [FieldError("closed", said)]})


class Stay(Record):
    """That a deal has reached a stage: kept from the facts of the deal, one row for each stage of it.

    A stage that was skipped counts as reached. Owner and team are the deal's, so the one access rule and the
    tallies hold for the funnel as they do for deals.

    deal_key  the deal
    cohort    when the deal began; the funnel follows those that began together
    outcome   here: it stands there now · open: it has gone on, and is open · won · lost: later ·
              leaked: it was lost from here
    span      in which class of SPANS the days fall that it stood there; nothing while it still does
    """

    tallies: ClassVar[tuple[Tally, ...]] = (
        Tally("reached", by=("stage", "outcome", "cohort:month")),
        Tally("time", by=("stage", "span", "cohort:month")),
    )

    deal_key = models.BigIntegerField()
    stage = models.ForeignKey("sales.Stage", on_delete=models.CASCADE, related_name="+", db_index=False)
    cohort = models.DateField()
    outcome = models.CharField(max_length=10)
    span = models.CharField(max_length=4, null=True, blank=True)
    name = models.CharField(max_length=1, default="", editable=False)

    class Meta(Record.Meta):
        db_table = "sales_stay"
        indexes = (models.Index("workspace", "deal_key", name="stay_deal"),)


SPANS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 730, 9999)
"""Days: a stay of up to so many belongs to the class that is named by it."""
