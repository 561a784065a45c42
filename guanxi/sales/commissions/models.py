from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.models import Record, UnitsField, part_indexes, record_indexes

if TYPE_CHECKING:
    from collections.abc import Collection

    from guanxi.platform.identity.actors import Actor

OPEN, APPROVED = "open", "approved"
EARNED, CLAWBACK = "earned", "clawback"


class CommissionRule(Record):
    """For whom and what which rate holds; of several that fit, the one that says most, then the newest.

    rate    percent of what has come in; tiers replace it from certain sums of the month on
    role    the name of a role
    cap     what it may give one member at most in a month, a quarter or a year
    """

    object_name: ClassVar[str] = "commission_rule"

    name = models.CharField(max_length=200)
    rate = UnitsField(default=Decimal(0))
    product = models.ForeignKey(
        "sales.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    member = models.ForeignKey(
        "identity.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    role = models.CharField(max_length=100, null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    cap = UnitsField(null=True, blank=True)
    cap_per = models.CharField(max_length=10, default="month")

    class Meta(Record.Meta):
        db_table = "sales_commission_rule"
        indexes = record_indexes("commission_rule", "product", "member")

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if not 0 <= self.rate <= 100:
            raise InvalidValues({"rate": [FieldError("range", _("A rate is between 0 and 100 percent."))]})
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            said = _("It ends before it begins.")
            raise InvalidValues({"valid_until": [FieldError("range", said)]})


class CommissionTier(Record):
    """From what the member's money of a month comes to this sum on, what is above it earns this rate."""

    object_name: ClassVar[str] = "commission_tier"

    name = models.CharField(max_length=200, default="", blank=True)
    rule = models.ForeignKey(CommissionRule, on_delete=models.PROTECT, related_name="tiers", db_index=False)
    above = UnitsField(default=Decimal(0))
    rate = UnitsField(default=Decimal(0))

    class Meta(Record.Meta):
        db_table = "sales_commission_tier"
        indexes = part_indexes("commission_tier", "rule")

    def derive(self, changed: set[str]) -> None:
        self.name = f"> {self.above:,.0f}: {self.rate.normalize():f}%"
        super().derive(changed | {"name"})

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if self.above < 0:
            raise InvalidValues({"above": [FieldError("range", _("Say from which sum on."))]})
        if not 0 <= self.rate <= 100:
            raise InvalidValues({"rate": [FieldError("range", _("A rate is between 0 and 100 percent."))]})


class Commission(Record):
    """What a member has earned in a month. Every figure follows from the lines; approved, it is locked.

    base      the member's share of the money that came in, in the workspace's currency
    clawback  what is taken back, because money went back; below zero or nothing
    """

    object_name: ClassVar[str] = "commission"

    name = models.CharField(max_length=200, default="", blank=True)
    month = models.DateField()
    status = models.CharField(max_length=10, default=OPEN)
    base = UnitsField(default=Decimal(0))
    earned = UnitsField(default=Decimal(0))
    clawback = UnitsField(default=Decimal(0))
    total = UnitsField(default=Decimal(0))
    approved_by_id = models.BigIntegerField(null=True, editable=False)
    approved_on = models.DateField(null=True, editable=False)

    class Meta(Record.Meta):
        db_table = "sales_commission"
        indexes = (
            *record_indexes("commission", "month", "total"),
            models.Index("workspace", "owner", "month", name="commission_of_month"),
        )

    def derive(self, changed: set[str]) -> None:
        self.month = (self.month or timezone.localdate()).replace(day=1)
        who = str(member_names([self.owner_id]).get(self.owner_id, "")) if self.owner_id else ""
        self.name = " · ".join(part for part in (f"{self.month:%Y-%m}", who) if part)
        self.total = self.earned + self.clawback
        super().derive(changed | {"name"})

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if not self._state.adding and {"month", "owner", "team"} & changed:
            said = _("A statement stays with its member and its month.")
            raise InvalidValues(
                {next(iter({"month", "owner", "team"} & changed)): [FieldError("closed", said)]}
            )
        others = Commission.objects.filter(owner=self.owner_id, month=self.month, archived_at=None)
        if others.exclude(pk=self.pk).exists():
            said = _("There is a statement of this month already.")
            raise InvalidValues({"month": [FieldError("unique", said)]})

    def verify_archiving(self) -> None:
        if CommissionLine.objects.filter(commission=self).exists():
            said = _("It follows from money that has come in, and stays.")
            raise InvalidValues({"status": [FieldError("in_use", said)]})

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        said = _("Lines follow from receipts and rules; nobody types them.")
        raise InvalidValues({"amount": [FieldError("derived", said)]})


class CommissionLine(Record):
    """What one receipt gives one member for one deal, or takes back; never typed, there once.

    deal_key  the deal, 0 where the money belongs to none
    share     the member's percent of it
    reason    in words: the rule, the rate, a tier, the cap
    """

    object_name: ClassVar[str] = "commission_line"

    name = models.CharField(max_length=200, default="", blank=True)
    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="lines", db_index=False)
    member = models.ForeignKey("identity.Member", on_delete=models.PROTECT, related_name="+", db_index=False)
    receipt = models.ForeignKey("sales.Receipt", on_delete=models.PROTECT, related_name="+", db_index=False)
    deal_key = models.BigIntegerField(default=0)
    rule = models.ForeignKey(
        CommissionRule, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, default=EARNED)
    day = models.DateField()
    base = UnitsField(default=Decimal(0))
    share = models.PositiveIntegerField(default=100)
    rate = UnitsField(default=Decimal(0))
    amount = UnitsField(default=Decimal(0))
    reason = models.CharField(max_length=300, default="", blank=True)

    class Meta(Record.Meta):
        db_table = "sales_commission_line"
        indexes = part_indexes("commission_line", "commission", "receipt", "rule", "member")
        constraints = (
            models.UniqueConstraint(
                "workspace", "receipt", "member", "deal_key", "kind", name="commission_line_once"
            ),
        )

    def derive(self, changed: set[str]) -> None:
        if not self.receipt_id:
            said = _("Lines follow from receipts and rules; nobody types them.")
            raise InvalidValues({"commission": [FieldError("derived", said)]})
        super().derive(changed)

    def concerns(self) -> list[tuple[str, int]]:
        return [("commission", self.commission_id), ("receipt", self.receipt_id)]
