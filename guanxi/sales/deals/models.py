from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.i18n.money import currency_digits
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import check_condition
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.formulas import compile_formula, parse_formula
from guanxi.platform.metadata.formulas.language import names_in
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.batches.many import settle_many
from guanxi.platform.records.computing import givens
from guanxi.platform.records.derived import in_base
from guanxi.platform.records.models import Record, TouchedRecord, UnitsField, record_indexes
from guanxi.sales.gates.passing import require_passage
from guanxi.sales.lines.arithmetic import Terms
from guanxi.sales.lines.models import DealLine, Priced, sums_of

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor


class Pipeline(Record):
    """A way of selling: an ordered set of stages."""

    object_name: ClassVar[str] = "pipeline"

    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)

    class Meta(Record.Meta):
        db_table = "sales_pipeline"
        indexes = record_indexes("pipeline", "position")


class Stage(Record):
    """A step of a pipeline. Its kind says whether deals in it are open, won or lost."""

    object_name: ClassVar[str] = "stage"

    class Kind(models.TextChoices):
        OPEN = "open"
        WON = "won"
        LOST = "lost"

    name = models.CharField(max_length=200)
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="stages", db_index=False)
    position = models.PositiveIntegerField(default=0)
    probability = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OPEN)
    rot_days = models.PositiveIntegerField(null=True, blank=True)
    category = models.CharField(max_length=10, null=True, blank=True)  # of the forecast
    needs = models.CharField(max_length=300, null=True, blank=True)  # names of the deal's fields
    gate = models.CharField(max_length=500, null=True, blank=True)  # a formula that must be yes

    class Meta(Record.Meta):
        db_table = "sales_stage"
        indexes = record_indexes("stage", "pipeline", "position")

    @classmethod
    def named(cls, title: str) -> dict[str, Any]:
        """A stage called "Closed Won" or 输单 is one that ends the deal."""
        word = title.casefold().removeprefix("closed").strip(" -_")
        kind = next((kind for kind, words in CLOSING_WORDS.items() if word in words), cls.Kind.OPEN)
        return {"name": title, "kind": kind.value, "probability": 100 if kind == cls.Kind.WON else 0}

    def needed(self) -> list[str]:
        """The names of the fields that a deal must have to come into this stage."""
        return [
            name for part in (self.needs or "").replace("\uff0c", ",").split(",") if (name := part.strip())
        ]

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        unknown = [name for name in self.needed() if name not in registry.get("deal").fields_by_name]
        if "needs" in changed and unknown:
            said = _("A deal has no field “%(name)s”.") % {"name": unknown[0]}
            raise InvalidValues({"needs": [FieldError("unknown_field", said)]})
        if "gate" in changed and self.gate:
            try:
                self.gate = check_condition(registry.get("deal"), self.gate)
            except FieldError as problem:
                raise InvalidValues({"gate": [problem]}) from problem

    def verify_archiving(self) -> None:
        count = Deal.objects.filter(stage=self, archived_at=None).count()
        if count:
            words = ngettext(
                "%(count)d deal stands in it. Move it first.",
                "%(count)d deals stand in it. Move them first.",
                count,
            )
            raise InvalidValues({"stage": [FieldError("in_use", words % {"count": count})]})


CLOSING_WORDS = {
    Stage.Kind.WON: {"won", "win", "赢单", "成交", "已成交", "赢", "贏單", "签约"},
    Stage.Kind.LOST: {"lost", "lose", "dead", "输单", "失单", "失單", "丢单", "已流失", "输", "輸單"},
}


class Deal(TouchedRecord, Priced):
    object_name: ClassVar[str] = "deal"
    tallies: ClassVar[tuple[Tally, ...]] = (
        Tally("lane", by=("pipeline", "stage", "status"), sum="amount"),
        Tally("month", by=("status", "closed_on:month"), sum="amount"),
        Tally("forecast", by=("stage", "forecast", "expected_close:month"), sum="amount"),
    )
    derives_from: ClassVar[tuple[str, ...]] = ("stage",)

    name = models.CharField(max_length=200)
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        "people.Contact", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    product = models.ForeignKey(
        "sales.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+", db_index=False)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=10, choices=Stage.Kind.choices, default=Stage.Kind.OPEN)
    probability = models.PositiveIntegerField(default=0)
    forecast = models.CharField(max_length=10, null=True, blank=True)
    amount = UnitsField(null=True, blank=True)
    amount_currency = models.CharField(max_length=3, default="CNY")
    amount_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    expected_close = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    stage_since = models.DateTimeField(null=True, blank=True)
    by_lines = models.BooleanField(default=False)
    next_step = models.CharField(max_length=300, null=True, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    lost_reason = models.CharField(max_length=20, null=True, blank=True)
    lost_note = models.CharField(max_length=500, null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(TouchedRecord.Meta):
        db_table = "sales_deal"
        indexes = (
            *record_indexes(
                "deal", "company", "contact", "product", "amount_base", "expected_close", "closed_on",
                "next_step_on", "last_touch_at", "probability",
            ),
            # The board: one lane in the order of its cards, and its sum, without touching the table.
            models.Index(
                "workspace", "pipeline", "stage", "expected_close", "id",
                name="deal_lane", condition=models.Q(archived_at__isnull=True),
            ),
            models.Index(
                "workspace", "pipeline", "stage", "owner", "team", "amount_base", "stage_since",
                name="deal_lane_sum", condition=models.Q(archived_at__isnull=True),
            ),
            models.Index(
                "workspace", "status", "closed_on", "owner", "team", "amount_base", "amount",
                name="deal_closed", condition=models.Q(archived_at__isnull=True),
            ),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        now = datetime.now(UTC)
        if "stage" in changed and self.stage_id:
            self._enter(self.stage, now)
        if "by_lines" in changed and self.by_lines and not self._state.adding:
            self.amount = sums_of(DealLine, [self.pk])[self.pk].gross
            changed = changed | {"amount"}
        if {"amount", "expected_close", "closed_on"} & changed:
            self.rate_on = self.closed_on or timezone.localdate()
            self.amount_base = in_base(self.amount, self.amount_currency, self.workspace_id, self.rate_on)
        if self.opened_on is None:
            self.opened_on = timezone.localdate()

    def line_terms(self) -> Terms:
        """Prices of a deal have the tax in them, as people speak of an amount."""
        return Terms(self.amount_currency, currency_digits(self.amount_currency), tax_included=True)

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        """The amount follows the lines where the deal says so."""
        if part != "deal_line":
            return
        deals = cls.objects.filter(pk__in=ids, by_lines=True).only("amount_currency")
        sums = sums_of(DealLine, [one.pk for one in deals])
        values = {one.pk: {"amount": Amount(sums[one.pk].gross, one.amount_currency)} for one in deals}
        if values:
            settle_many(registry.get("deal"), values, by=by)

    def _enter(self, stage: Stage, now: datetime) -> None:
        """Pipeline, status and probability follow the stage; closing and reopening set and clear the day."""
        self.pipeline_id = stage.pipeline_id
        self.status = stage.kind
        self.probability = stage.probability
        self.stage_since = now
        if stage.kind == Stage.Kind.OPEN:
            self.closed_on = None
            self.lost_reason = self.lost_note = None
        elif self.closed_on is None:
            self.closed_on = timezone.localdate()

    def verify(self, changed: set[str]) -> None:
        if "amount" in changed and self.by_lines and not self._state.adding:
            said = _("The amount follows the lines. Change those, or say that it does not.")
            raise InvalidValues({"amount": [FieldError("follows", said)]})
        if "stage" in changed and self.status == Stage.Kind.LOST and not self.lost_reason:
            raise InvalidValues(
                {
                    "lost_reason": [
                        FieldError("required", _("Say why it was lost: the next one learns from it."))
                    ]
                }
            )
        if "stage" in changed:
            self._pass_gate()

    def verify_change(self, changed: set[str], before: Mapping[str, Any], *, by: Actor) -> None:
        if "stage" in changed and before["stage_id"] != self.stage_id:
            require_passage(self, Stage.objects.get(pk=before["stage_id"]), by=by)

    def _pass_gate(self) -> None:
        """Raise InvalidValues that names what the stage needs and the deal has not: fields, or its gate."""
        deal = registry.get("deal")
        errors: dict[str, list[FieldError]] = {}
        for name in self.stage.needed():
            field = deal.fields_by_name.get(name)
            if field is not None and field.is_empty(field.get(self)):
                words = _("“%(stage)s” needs it: %(field)s.") % {"stage": self.stage, "field": field.label}
                errors[name] = [FieldError("required", words)]
        if gate := self.stage.gate:
            (given,) = givens(deal, [self], [one.path for one in names_in(parse_formula(gate))])
            if compile_formula(gate)(given) is not True:
                words = _("“%(stage)s” takes deals for which this is so: %(formula)s")
                said = FieldError("gate", words % {"stage": self.stage, "formula": gate})
                errors.setdefault("stage", []).append(said)
        if errors:
            raise InvalidValues(errors)

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        if "stage" not in changed:
            return "changed"
        if self.status != before["status"]:
            return {"won": "won", "lost": "lost"}.get(self.status, "reopened")
        return "moved"

    def concerns(self) -> list[tuple[str, int]]:
        links = (("company", self.company_id), ("contact", self.contact_id))
        return [(name, found) for name, found in links if found]
