from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.derived import in_base
from guanxi.platform.records.models import Record, UnitsField, record_indexes
from guanxi.platform.tenancy.models import WorkspaceModel
from guanxi.sales.tenders.matching import Wanted, words_of


class Feed(Record):
    """An address at which tenders stand: RSS, Atom, JSON Feed or CSV.

    hours     how often it is read
    next_at   when it is read next; error is why the last time failed, in words, "" where it went well
    """

    object_name: ClassVar[str] = "feed"

    name = models.CharField(max_length=200)
    address = models.CharField(max_length=500)
    hours = models.PositiveIntegerField(default=6)
    active = models.BooleanField(default=True)
    next_at = models.DateTimeField(null=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    found = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_feed"
        indexes = record_indexes("feed", "read_at")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if {"address", "hours", "active"} & changed:
            self.next_at = timezone.now() if self.active else None

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if "@" in urlsplit(self.address).netloc:
            said = _("A password in an address would be read by everybody. Leave it out.")
            raise InvalidValues({"address": [FieldError("secret", said)]})


class Subscription(Record):
    """What its owner wants to hear of. A tender goes to the oldest subscription that it fits; who has another
    one that it fits is told of it and may go on from there, too.

    any_words, all_words, not_words, regions   with commas between them; without a word the name is one
    makes_leads   a lead is made at once; otherwise the tender waits for somebody to say so
    """

    object_name: ClassVar[str] = "subscription"

    name = models.CharField(max_length=200)
    feed = models.ForeignKey(
        Feed, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    any_words = models.CharField(max_length=500, null=True, blank=True)
    all_words = models.CharField(max_length=500, null=True, blank=True)
    not_words = models.CharField(max_length=500, null=True, blank=True)
    regions = models.CharField(max_length=500, null=True, blank=True)
    budget_least = UnitsField(null=True, blank=True)
    budget_least_base = UnitsField(null=True, blank=True)
    budget_currency = models.CharField(max_length=3, default="CNY")
    budget_most = UnitsField(null=True, blank=True)
    budget_most_base = UnitsField(null=True, blank=True)
    makes_leads = models.BooleanField(default=True)
    active = models.BooleanField(default=True)

    class Meta(Record.Meta):
        db_table = "sales_subscription"
        indexes = record_indexes("subscription", "feed")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if not (words_of(self.any_words) or words_of(self.all_words)):
            self.any_words = self.name
        today = timezone.localdate()
        for name in ("budget_least", "budget_most"):
            value = getattr(self, name)
            setattr(self, f"{name}_base", in_base(value, self.budget_currency, self.workspace_id, today))

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        least, most = self.budget_least, self.budget_most
        if least is not None and most is not None and most < least:
            said = _("The highest budget is below the lowest.")
            raise InvalidValues({"budget_most": [FieldError("range", said)]})

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            any_words=words_of(self.any_words),
            all_words=words_of(self.all_words),
            not_words=words_of(self.not_words),
            regions=words_of(self.regions),
            least=self.budget_least_base,
            most=self.budget_most_base,
        )


class Tender(Record):
    """What somebody wants to buy by tender.

    company   the buyer, where that is a company here
    matched   the words by which it was found
    lead      what was made of it
    """

    object_name: ClassVar[str] = "tender"

    name = models.CharField(max_length=200)
    buyer = models.CharField(max_length=200, null=True, blank=True)
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    budget = UnitsField(null=True, blank=True)
    budget_currency = models.CharField(max_length=3, default="CNY")
    budget_base = UnitsField(null=True, blank=True)
    region = models.CharField(max_length=200, null=True, blank=True)
    published_on = models.DateField(null=True, blank=True)
    deadline = models.DateField(null=True, blank=True)
    stage = models.CharField(max_length=20, null=True, blank=True)
    status = models.CharField(max_length=20, default="new")
    url = models.CharField(max_length=500, null=True, blank=True)
    feed = models.ForeignKey(
        Feed, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    matched = models.CharField(max_length=300, null=True, blank=True)
    lead = models.ForeignKey(
        "sales.Lead", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_tender"
        indexes = record_indexes(
            "tender", "status", "company", "feed", "subscription", "lead", "published_on", "deadline",
            "budget_base",
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if {"budget", "published_on"} & changed:
            day = self.published_on or timezone.localdate()
            self.budget_base = in_base(self.budget, self.budget_currency, self.workspace_id, day)

    def concerns(self) -> list[tuple[str, int]]:
        links: tuple[tuple[str, Any], ...] = (("company", self.company_id), ("lead", self.lead_id))
        return [(name, found) for name, found in links if found]


class TakenEntry(WorkspaceModel):
    """An entry of a feed of which a tender was made, by its number there and by what it says: there once,
    whatever became of the tender since."""

    key = models.CharField(max_length=64)
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "sales_taken_entry"
        constraints = (models.UniqueConstraint("workspace", "key", name="sales_taken_entry_once"),)

    def __str__(self) -> str:
        return self.key
