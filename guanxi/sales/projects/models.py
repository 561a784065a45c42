from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_digits
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.batches.many import settle_many
from guanxi.platform.records.models import Record, UnitsField, part_indexes, record_indexes
from guanxi.sales.documents import in_base_as_of, state_words

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor

OPEN = ("initiated", "planned", "running", "on_hold", "acceptance")
AMOUNTS = ("amount", "budget", "hour_rate", "cost")
ALWAYS_OPEN = frozenset({"about", "tags", "owner", "team", "source"})
HOURS_A_DAY = 24


class Project(Record):
    """What is delivered to a customer. Progress, hours and cost follow from its milestones and hours.

    owner      the project manager
    amount     what the customer pays; budget what it may cost us, hour_rate what an hour costs us
    progress   the share of its milestones' weight that is accepted, in percent
    """

    object_name: ClassVar[str] = "project"

    number = models.CharField(max_length=60, null=True, blank=True)
    name = models.CharField(max_length=200)
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    deal = models.ForeignKey(
        "sales.Deal", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "sales.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contract = models.ForeignKey(
        "sales.Contract", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    status = models.CharField(max_length=20, default="initiated")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    progress = models.PositiveIntegerField(default=0)
    hours_planned = UnitsField(default=Decimal(0))
    hours_spent = UnitsField(default=Decimal(0))
    amount = UnitsField(null=True, blank=True)
    amount_currency = models.CharField(max_length=3, default="CNY")
    amount_base = UnitsField(null=True, blank=True)
    budget = UnitsField(null=True, blank=True)
    budget_base = UnitsField(null=True, blank=True)
    hour_rate = UnitsField(null=True, blank=True)
    hour_rate_base = UnitsField(null=True, blank=True)
    cost = UnitsField(default=Decimal(0))
    cost_base = UnitsField(null=True, blank=True)
    held_because = models.CharField(max_length=300, null=True, blank=True)
    accepted_by = models.CharField(max_length=100, null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_project"
        indexes = (
            *record_indexes(
                "project", "number", "company", "deal", "order", "contract", "status", "starts_on", "ends_on",
                "closed_on", "progress", "amount_base",
            ),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if {*AMOUNTS, "starts_on"} & changed or self.cost_base is None:
            in_base_as_of(self, AMOUNTS, self.amount_currency, self.starts_on or timezone.localdate())

    def verify(self, changed: set[str]) -> None:
        errors: dict[str, list[FieldError]] = {}
        if not self._state.adding and self.status not in OPEN:
            obj = registry.get("project")
            said = _("This is “%(state)s” and can't be changed.") % {"state": state_words(self)}
            closed = sorted(
                name for name in changed - ALWAYS_OPEN if not obj[name].own and not obj[name].readonly
            )
            errors |= {name: [FieldError("closed", said)] for name in closed}
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            errors["ends_on"] = [FieldError("range", _("It would end before it begins."))]
        if not (self.company_id or self.deal_id or self.order_id or self.contract_id):
            errors["company"] = [FieldError("required", _("Say for whom, or for which order or contract."))]
        for name in ("amount", "budget", "hour_rate"):
            if (getattr(self, name) or 0) < 0:
                errors[name] = [FieldError("range", _("An amount is not below zero here."))]
        if {"amount", "budget", "hour_rate"} & changed and not self._state.adding:
            hours = TimeEntry.objects.filter(project=self, archived_at=None, rate__isnull=False)
            if hours.exclude(rate_currency=self.amount_currency).exists():
                said = _("Its hours are in another currency.")
                errors.setdefault("amount", [FieldError("currency", said)])
        if errors:
            raise InvalidValues(errors)

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        obj = registry.get("project")
        values: dict[int, dict[str, Any]] = {}
        for one in cls.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
            values[one.pk] = one._by_milestones() if part == "milestone" else one._by_hours()
        if values:
            settle_many(obj, values, by=by)

    def _by_milestones(self) -> dict[str, Any]:
        there = Milestone.objects.filter(project=self, archived_at=None).exclude(status="dropped")
        found = there.aggregate(
            all=Sum("weight"), done=Sum("weight", filter=Q(status="accepted")), hours=Sum("hours_planned")
        )
        done, every = found["done"] or 0, found["all"] or 0
        return {
            "progress": 100 * done // every if every else 0,
            "hours_planned": found["hours"] or Decimal(0),
        }

    def _by_hours(self) -> dict[str, Any]:
        there = TimeEntry.objects.filter(project=self, archived_at=None)
        found = there.aggregate(hours=Sum("hours"), cost=Sum("cost"))
        return {
            "hours_spent": found["hours"] or Decimal(0),
            "cost": Amount(found["cost"] or Decimal(0), self.amount_currency),
        }

    def verify_archiving(self) -> None:
        if self.status in ("running", "on_hold", "acceptance"):
            said = _("This is “%(state)s” and stays where it is.") % {"state": state_words(self)}
            raise InvalidValues({"status": [FieldError("closed", said)]})

    def concerns(self) -> list[tuple[str, int]]:
        links = (
            ("company", self.company_id),
            ("deal", self.deal_id),
            ("order", self.order_id),
            ("contract", self.contract_id),
        )
        return [(name, found) for name, found in links if found]


class Milestone(Record):
    """A result that the customer accepts. The payment that hangs on it is due from then on.

    weight      its part of the project's progress
    closed_on   when nothing more was to be done: it was accepted, or dropped
    on_time     accepted by the day on which it was due; None while it is open
    was_due_on  when its payment was to come before it was accepted, and made_due_on when since then;
                None where acceptance moved nothing
    """

    object_name: ClassVar[str] = "milestone"
    derives_from: ClassVar[tuple[str, ...]] = ("project",)

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="milestones", db_index=False)
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=20, default="open")
    due_on = models.DateField(null=True, blank=True)
    weight = models.PositiveIntegerField(default=1)
    hours_planned = UnitsField(default=Decimal(0))
    instalment = models.ForeignKey(
        "sales.Instalment", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    was_due_on = models.DateField(null=True, editable=False)
    made_due_on = models.DateField(null=True, editable=False)
    accepted_on = models.DateField(null=True, blank=True)
    accepted_by = models.CharField(max_length=100, null=True, blank=True)
    accepted_note = models.CharField(max_length=500, null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    on_time = models.BooleanField(null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_milestone"
        indexes = part_indexes("milestone", "project", "due_on", "instalment", "status", "accepted_on")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        accepted = self.status == "accepted"
        if not accepted:
            self.accepted_on = None
        elif self.accepted_on is None:
            self.accepted_on = timezone.localdate()
        if self.status == "open":
            self.closed_on = None
        else:
            self.closed_on = self.accepted_on or self.closed_on or timezone.localdate()
        self.on_time = None
        if accepted and self.due_on and self.accepted_on:
            self.on_time = self.accepted_on <= self.due_on

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        errors: dict[str, list[FieldError]] = {}
        if self.project.status not in OPEN:
            said = _("The project is “%(state)s”.") % {"state": state_words(self.project)}
            errors["project"] = [FieldError("closed", said)]
        if self.status != "open" and not self._state.adding and changed - ALWAYS_OPEN:
            said = _("This is “%(state)s” and can't be changed.") % {"state": state_words(self)}
            errors |= {name: [FieldError("closed", said)] for name in changed - ALWAYS_OPEN}
        if "project" in changed and not self._state.adding:
            errors["project"] = [FieldError("closed", _("It stays in its project."))]
        if "instalment" in changed and self.instalment_id and not self._belongs():
            said = _("This payment is not expected from the project's customer.")
            errors["instalment"] = [FieldError("link", said)]
        if errors:
            raise InvalidValues(errors)

    def _belongs(self) -> bool:
        """Whether the payment is one of the project's order or contract, or at least of its customer."""
        payment: Any = self.instalment
        links = [
            (getattr(payment, name), getattr(self.project, name))
            for name in ("order_id", "contract_id", "company_id")
        ]
        return any(there is not None and there == here for there, here in links)

    def verify_archiving(self) -> None:
        if self.status == "accepted":
            said = _("This is “%(state)s” and stays where it is.") % {"state": state_words(self)}
            raise InvalidValues({"status": [FieldError("closed", said)]})

    def concerns(self) -> list[tuple[str, int]]:
        return [("project", self.project_id), *self.project.concerns()]


class TimeEntry(Record):
    """Hours that a member spent on a day, and what they cost by the rate: the project's unless given."""

    object_name: ClassVar[str] = "time_entry"
    derives_from: ClassVar[tuple[str, ...]] = ("project",)

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="hours", db_index=False)
    milestone = models.ForeignKey(
        Milestone, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.CharField(max_length=200)
    member = models.ForeignKey(
        "identity.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    day = models.DateField()
    hours = UnitsField(default=Decimal(0))
    rate = UnitsField(null=True, blank=True)
    rate_currency = models.CharField(max_length=3, default="CNY")
    rate_base = UnitsField(null=True, blank=True)
    cost = UnitsField(default=Decimal(0))
    cost_base = UnitsField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_time_entry"
        indexes = part_indexes("time_entry", "project", "milestone", "member", "day")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        self.day = self.day or timezone.localdate()
        self.member_id = self.member_id or self.created_by_id
        if self.rate is None:
            self.rate, self.rate_currency = self.project.hour_rate, self.project.amount_currency
        coin = Decimal(1).scaleb(-currency_digits(self.rate_currency))
        self.cost = ((self.hours or Decimal(0)) * (self.rate or Decimal(0))).quantize(coin)
        in_base_as_of(self, ("rate", "cost"), self.rate_currency, self.day)

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        errors: dict[str, list[FieldError]] = {}
        if self.project.status not in OPEN:
            said = _("The project is “%(state)s”.") % {"state": state_words(self.project)}
            errors["project"] = [FieldError("closed", said)]
        if "project" in changed and not self._state.adding:
            errors["project"] = [FieldError("closed", _("It stays in its project."))]
        if not 0 < (self.hours or 0) <= HOURS_A_DAY:
            errors["hours"] = [FieldError("range", _("Hours of a day are more than 0 and 24 at most."))]
        if self.day > timezone.localdate():
            errors["day"] = [FieldError("range", _("Hours are noted when they are done."))]
        if (self.rate or 0) < 0:
            errors["rate"] = [FieldError("range", _("An amount is not below zero here."))]
        elif self.rate is not None and self.rate_currency != self.project.amount_currency:
            words = _("The project is in %(currency)s.") % {"currency": self.project.amount_currency}
            errors["rate"] = [FieldError("currency", words)]
        if self.milestone and self.milestone.project_id != self.project_id:
            errors["milestone"] = [FieldError("link", _("This is a milestone of another project."))]
        if not errors and {"hours", "day", "member"} & changed:
            errors |= self._beyond()
        if errors:
            raise InvalidValues(errors)

    def _beyond(self) -> dict[str, list[FieldError]]:
        """A day has 24 hours, in all projects together."""
        same = TimeEntry.objects.filter(member_id=self.member_id, day=self.day, archived_at=None)
        others = same.exclude(pk=self.pk).aggregate(sum=Sum("hours"))["sum"] or Decimal(0)
        if others + self.hours <= HOURS_A_DAY:
            return {}
        named = member_names([self.member_id or 0]).get(self.member_id or 0, "")
        said = _("%(name)s would have more than 24 hours on this day.") % {"name": named}
        return {"hours": [FieldError("range", said)]}


class ProjectTemplate(Record):
    """Milestones that projects of a kind have, by the days after the start on which they are due."""

    object_name: ClassVar[str] = "project_template"

    name = models.CharField(max_length=200)
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_project_template"
        indexes = record_indexes("project_template")


class TemplateStep(Record):
    """A milestone of a template."""

    object_name: ClassVar[str] = "template_step"

    template = models.ForeignKey(
        ProjectTemplate, on_delete=models.PROTECT, related_name="steps", db_index=False
    )
    name = models.CharField(max_length=200)
    days = models.PositiveIntegerField(default=0)
    weight = models.PositiveIntegerField(default=1)
    hours_planned = UnitsField(default=Decimal(0))

    class Meta(Record.Meta):
        db_table = "sales_template_step"
        indexes = part_indexes("template_step", "template", "days")
