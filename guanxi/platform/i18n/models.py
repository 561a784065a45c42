from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Rate(WorkspaceModel):
    """What one unit of a currency was worth in the workspace's currency, from a day on."""

    currency = models.CharField(max_length=3)
    date = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=10)
    source = models.CharField(max_length=40, blank=True)  # who says so: "ECB", "typed"

    class Meta:
        db_table = "i18n_rate"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "currency", "date"], name="i18n_rate_once_a_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="i18n_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.date:%Y-%m-%d} {self.rate.normalize():f}"


class CalendarDay(WorkspaceModel):
    """A day that the workspace works, or does not, whatever its country does."""

    day = models.DateField()
    working = models.BooleanField()
    name = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "i18n_calendar_day"
        constraints = [models.UniqueConstraint(fields=["workspace", "day"], name="calendar_day_once")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}".strip()
