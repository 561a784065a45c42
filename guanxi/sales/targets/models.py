from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.models import Team
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.models import Record, UnitsField, record_indexes

FIRM, TEAM, MEMBER = "firm", "team", "member"


class Target(Record):
    """What is to be reached in one month. Whose it is says its owner or its team, so rights are the record's.

    scope   member: its owner's · team: its team's with the teams below · firm: everybody's; nobody owns it
    value   in the workspace's currency where the metric is an amount, else a number
    name_typed  somebody has typed the name; otherwise it follows the rest
    key     what tells it from every other target: there is one for each metric, month and scope
    """

    object_name: ClassVar[str] = "target"
    derives_from: ClassVar[tuple[str, ...]] = ("product",)
    natural_key: ClassVar[str] = "key"

    name = models.CharField(max_length=200, default="", blank=True)
    name_typed = models.BooleanField(default=False, editable=False)
    metric = models.CharField(max_length=60, default="won_amount")
    scope = models.CharField(max_length=10, default=MEMBER)
    product = models.ForeignKey(
        "sales.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    month = models.DateField()
    value = UnitsField(default=Decimal(0))
    about = models.TextField(null=True, blank=True)
    key = models.CharField(max_length=160, default="", editable=False)

    class Meta(Record.Meta):
        db_table = "sales_target"
        indexes = (
            *record_indexes("target", "product", "value"),
            models.Index(
                "workspace", "month", "metric", "owner", "team", "scope", "value",
                name="target_month", condition=models.Q(archived_at__isnull=True),
            ),
            models.Index("workspace", "key", name="target_key", condition=models.Q(archived_at__isnull=True)),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        self.month = (self.month or timezone.localdate()).replace(day=1)
        if self.scope != MEMBER:
            self.owner_id = None
        if self.scope == FIRM:
            self.team_id = None
        whose = {MEMBER: self.owner_id, TEAM: self.team_id, FIRM: 0}[self.scope]
        self.key = f"{self.metric}:{self.month:%Y-%m}:{self.scope}:{whose or 0}:{self.product_id or 0}"
        if "name" in changed:
            self.name_typed = bool(self.name)
        if not self.name_typed:
            self.name = self._words()
            changed = changed | {"name"}
        super().derive(changed)

    def _words(self) -> str:
        whose = scope_words(self.scope, self.owner_id, self.team_id)
        words = str(metric(self.metric).label)
        parts = [f"{self.month:%Y-%m}", whose, str(self.product or ""), words]
        return " · ".join(part for part in parts if part)[:200]

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if self.scope == MEMBER and not self.owner_id:
            raise InvalidValues({"owner": [FieldError("required", _("Say whose target it is."))]})
        if self.scope == TEAM and not self.team_id:
            raise InvalidValues({"team": [FieldError("required", _("Say which team's target it is."))]})
        if self.value < 0:
            raise InvalidValues({"value": [FieldError("range", _("A target is not below zero."))]})
        if self.product_id and "product" not in registry.get(metric(self.metric).object).fields_by_name:
            said = _("“%(metric)s” is not counted by product.") % {"metric": metric(self.metric).label}
            raise InvalidValues({"product": [FieldError("unfit", said)]})
        others = Target.objects.filter(key=self.key, archived_at=None).exclude(pk=self.pk)
        if others.exists():
            said = _("There is a target for this already: change that one.")
            raise InvalidValues({"month": [FieldError("unique", said)]})


def scope_words(scope: str, owner_id: int | None, team_id: int | None) -> str:
    """The name of the member or the team, or the words for the firm, in the reader's language."""
    if scope == MEMBER and owner_id:
        return str(member_names([owner_id]).get(owner_id, ""))
    if scope == TEAM and team_id:
        return str(Team.objects.filter(pk=team_id).first() or "")
    return _("The firm") if scope == FIRM else ""
