from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_codes, currency_digits
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.batches.many import settle_many
from guanxi.platform.records.derived import in_base
from guanxi.platform.records.models import Record, UnitsField, part_indexes, record_indexes
from guanxi.platform.tenancy.models import WorkspaceModel
from guanxi.sales.lines.arithmetic import Terms, margin
from guanxi.sales.lines.models import Line, Priced, sums_of

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor

VALID_FOR = timedelta(days=30)
TERMS = frozenset({"currency", "tax_included", "discount_percent"})
"""What all lines are reckoned by."""
ANSWER = frozenset({"answered_by", "answer_note"})
"""Who said what to it: evidence, which nobody mends by hand."""
PROMISED = frozenset(
    {
        "name", "company", "contact", "valid_until", "payment", "delivery", "warranty", "about", *TERMS,
    }
)  # fmt: skip
"""What the customer reads: another word there is another version."""


class Quote(Record, Priced):
    """An offer to a customer: lines, terms, and how far it has come.

    revision   the version that the customer sees: 1, 2 …; what was sent before is in QuoteVersion
    """

    object_name: ClassVar[str] = "quote"
    derives_from: ClassVar[tuple[str, ...]] = ("company",)

    class Status(models.TextChoices):
        DRAFT = "draft"
        IN_APPROVAL = "in_approval"
        APPROVED = "approved"
        REJECTED = "rejected"
        SENT = "sent"
        VIEWED = "viewed"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        EXPIRED = "expired"

    OPEN: ClassVar[tuple[str, ...]] = ("draft", "rejected")
    WITH_CUSTOMER: ClassVar[tuple[str, ...]] = ("sent", "viewed")
    REVISED: ClassVar[tuple[str, ...]] = ("approved", "sent", "viewed", "declined", "expired")
    CLOSED: ClassVar[tuple[str, ...]] = ("in_approval", "accepted")

    name = models.CharField(max_length=200)
    number = models.CharField(max_length=60, null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)
    deal = models.ForeignKey(
        "sales.Deal", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        "people.Contact", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    price_book = models.ForeignKey(
        "sales.PriceBook", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    quoted_on = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    tax_included = models.BooleanField(default=True)
    discount_percent = UnitsField(default=Decimal(0))
    net = UnitsField(default=Decimal(0))
    net_base = UnitsField(null=True, blank=True)
    tax = UnitsField(default=Decimal(0))
    tax_base = UnitsField(null=True, blank=True)
    total = UnitsField(default=Decimal(0))
    total_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    cost = UnitsField(default=Decimal(0))
    margin = UnitsField(null=True, blank=True)
    payment = models.CharField(max_length=300, null=True, blank=True)
    delivery = models.CharField(max_length=300, null=True, blank=True)
    warranty = models.CharField(max_length=300, null=True, blank=True)
    about = models.TextField(null=True, blank=True)
    submitted_by_id = models.BigIntegerField(null=True, editable=False)
    approved_by_id = models.BigIntegerField(null=True, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True)
    sent_back = models.CharField(max_length=500, null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    viewed_at = models.DateTimeField(null=True, blank=True)
    opens = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, null=True, blank=True)
    answered_from = models.CharField(max_length=60, null=True, blank=True)
    answer_note = models.CharField(max_length=1000, null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_quote"
        indexes = (
            *record_indexes("quote", "number", "company", "deal", "total_base", "valid_until", "quoted_on"),
            models.Index(
                "workspace", "status", "valid_until", "owner", "team",
                name="quote_state", condition=models.Q(archived_at__isnull=True),
            ),
        )  # fmt: skip

    # What follows

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        today = timezone.localdate()
        self.currency = (self.currency or own_currency()).upper()
        self.quoted_on = self.quoted_on or today
        self.valid_until = self.valid_until or self.quoted_on + VALID_FOR
        if not self._state.adding and self.status in self.REVISED and changed & PROMISED:
            self.revise()
        if (TERMS | {"quoted_on"}) & changed and not self._state.adding:
            self.reckoned = QuoteLine.reckon(self)
            self._take(self.reckoned.sums)
        if {"net", "tax", "total", "cost", "currency", "quoted_on"} & changed or self._state.adding:
            self.rate_on = self.quoted_on
            for name in ("net", "tax", "total"):
                value = getattr(self, name)
                setattr(self, f"{name}_base", in_base(value, self.currency, self.workspace_id, self.rate_on))
            self.margin = margin(self.net, self.cost)

    def revise(self) -> None:
        """The next version; the approval was for the last one, which is kept as it was."""
        keep_version(self.pk)
        self.revision += 1
        self.status = self.Status.DRAFT
        self.submitted_by_id = self.approved_by_id = None
        self.approved_at = self.sent_at = self.viewed_at = self.answered_at = None
        self.answered_by = self.answered_from = self.answer_note = self.sent_back = None
        self.opens = 0

    def _take(self, sums: Any) -> None:
        self.net, self.tax, self.total, self.cost = sums.net, sums.tax, sums.gross, sums.cost
        self.margin = margin(sums.net, sums.cost)
        for name in ("net", "tax", "total"):
            value = getattr(self, name)
            setattr(self, f"{name}_base", in_base(value, self.currency, self.workspace_id, self.rate_day()))

    def keep_parts(self) -> None:
        self.keep_reckoned()

    # What its lines ask

    def line_terms(self) -> Terms:
        return Terms(
            self.currency,
            currency_digits(self.currency),
            tax_included=self.tax_included,
            discount=self.discount_percent or Decimal(0),
        )

    def rate_day(self) -> date:
        return self.quoted_on or timezone.localdate()

    def lines_open(self) -> bool:
        return self.status not in self.CLOSED

    def verify_lines(self) -> None:
        """Closed ones are refused; of one that somebody has approved or seen the version is kept."""
        self.hold()
        self._require_open({"quote"})
        if self.status in self.REVISED:
            keep_version(self.pk)

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        if part != "quote_line":
            return
        sums = sums_of(QuoteLine, ids)
        values: dict[int, dict[str, Any]] = {}
        for one in cls.objects.filter(pk__in=ids):
            found = sums[one.pk]
            values[one.pk] = {
                "net": Amount(found.net, one.currency),
                "tax": Amount(found.tax, one.currency),
                "total": Amount(found.gross, one.currency),
                "cost": found.cost,
            }
            if one.status in cls.REVISED:
                values[one.pk] |= AFRESH | {"revision": one.revision + 1}
        settle_many(registry.get("quote"), values, by=by)

    # Rules

    def verify(self, changed: set[str]) -> None:
        if not self._state.adding:
            self._require_open(changed & PROMISED)
            self._require_unanswered(changed & ANSWER)
        if self.currency not in currency_codes():
            said = _("“%(value)s” is not a currency.") % {"value": self.currency}
            raise InvalidValues({"currency": [FieldError("currency", said)]})
        if self.valid_until and self.quoted_on and self.valid_until < self.quoted_on:
            said = _("It would be over before it begins.")
            raise InvalidValues({"valid_until": [FieldError("range", said)]})

    def _require_open(self, names: Collection[str]) -> None:
        if names and self.status in self.CLOSED:
            said = (
                _("It waits for approval. Withdraw it to change it.")
                if self.status == self.Status.IN_APPROVAL
                else _("The customer has accepted it, and it stays as it is. Copy it to go on from here.")
            )
            raise InvalidValues({name: [FieldError("closed", said)] for name in names})

    def _require_unanswered(self, names: Collection[str]) -> None:
        if names and self.status in (self.Status.ACCEPTED, self.Status.DECLINED):
            said = _("This is what the customer answered, and it stays as it is.")
            raise InvalidValues({name: [FieldError("closed", said)] for name in names})

    def verify_archiving(self) -> None:
        self._require_open({"status"} if self.status == self.Status.IN_APPROVAL else ())

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        if "revision" in changed and self.revision > (before["revision"] or 0):
            return "revised"
        return "changed"

    def concerns(self) -> list[tuple[str, int]]:
        links = (("deal", self.deal_id), ("company", self.company_id), ("contact", self.contact_id))
        return [(name, found) for name, found in links if found]

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed where the firm is."""
        return self.valid_until is not None and self.valid_until < timezone.localdate()


AFRESH: dict[str, Any] = {
    "status": "draft", "submitted_by": None, "approved_by": None, "approved_at": None, "sent_at": None,
    "viewed_at": None, "opens": 0, "answered_at": None, "answered_by": None, "answered_from": None,
    "answer_note": None, "sent_back": None,
}  # fmt: skip
"""A version that nobody has approved or seen yet, as values of fields."""


class QuoteLine(Line):
    object_name: ClassVar[str] = "quote_line"
    document_field: ClassVar[str] = "quote"
    derives_from: ClassVar[tuple[str, ...]] = ("quote", "quote__company", "product")

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="lines", db_index=False)

    class Meta(Line.Meta):
        db_table = "sales_quote_line"
        indexes = part_indexes("quote_line", "quote", "product")


class QuoteVersion(WorkspaceModel):
    """A version as it was when the next one began: its fields and lines in JSON form."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="versions", db_index=False)
    revision = models.PositiveIntegerField()
    status = models.CharField(max_length=20)
    total = UnitsField(default=Decimal(0))
    currency = models.CharField(max_length=3)
    kept_at = models.DateTimeField()
    content = models.JSONField(default=dict)

    class Meta(WorkspaceModel.Meta):
        db_table = "sales_quote_version"
        constraints = (models.UniqueConstraint("workspace", "quote", "revision", name="quote_version_one"),)

    def __str__(self) -> str:
        return f"{self.quote_id} v{self.revision}"


class QuoteLink(WorkspaceModel):
    """A secret address under which a customer reads one version; only its hash is kept."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="links", db_index=False)
    revision = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    recipient = models.CharField(max_length=254, blank=True, default="")
    made_by_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    opens = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "sales_quote_link"
        indexes = (
            models.Index("workspace", "hash", name="quote_link_hash"),
            models.Index("workspace", "quote", name="quote_link_quote"),
        )

    def __str__(self) -> str:
        return f"{self.quote_id} v{self.revision} {self.recipient}"


class QuotePolicy(WorkspaceModel):
    """When a quote needs an approval: one row for a workspace. None: never for that reason.

    most_discount   the largest discount of a line, with that of the whole, in percent
    least_margin    of the whole, in percent of the net
    most_total      in the workspace's currency
    """

    most_discount = UnitsField(null=True, blank=True)
    least_margin = UnitsField(null=True, blank=True)
    most_total = UnitsField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(WorkspaceModel.Meta):
        db_table = "sales_quote_policy"
        constraints = (models.UniqueConstraint("workspace", name="quote_policy_one"),)

    def __str__(self) -> str:
        return "quote policy"


def keep_version(quote_id: int) -> None:
    """Keep what the database has of the quote now, once for each version."""
    quote = Quote.objects.get(pk=quote_id)
    if QuoteVersion.objects.filter(quote_id=quote_id, revision=quote.revision).exists():
        return
    lines = QuoteLine.objects.filter(quote_id=quote_id, archived_at=None).order_by("position", "pk")
    QuoteVersion(
        quote_id=quote_id,
        revision=quote.revision,
        status=quote.status,
        total=quote.total,
        currency=quote.currency,
        kept_at=datetime.now(UTC),
        content={"quote": _said(quote), "lines": [_said(line) for line in lines]},
    ).save(force_insert=True)


def _said(record: Any) -> dict[str, Any]:
    obj = registry.get(record.object_name)
    return {one.name: one.to_json(one.get(record)) for one in obj.fields}
