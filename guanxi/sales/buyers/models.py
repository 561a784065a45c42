from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.models import Record, part_indexes


class Buyer(Record):
    """A contact in the decision about a deal.

    reports_to   the buyer of the same deal above this one: the chart is drawn by it
    """

    object_name: ClassVar[str] = "buyer"
    derives_from: ClassVar[tuple[str, ...]] = ("contact",)
    apart: ClassVar[tuple[str, ...]] = ("deal", "contact")

    name = models.CharField(max_length=200, default="")
    deal = models.ForeignKey("sales.Deal", on_delete=models.PROTECT, related_name="buyers", db_index=False)
    contact = models.ForeignKey("people.Contact", on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=20, null=True, blank=True)
    stance = models.CharField(max_length=20, default="unknown")
    influence = models.CharField(max_length=20, default="some")
    reports_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    note = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_buyer"
        indexes = part_indexes("buyer", "deal", "contact", "reports_to")

    def derive(self, changed: set[str]) -> None:
        if "contact" in changed and self.contact_id:
            self.name = self.contact.name
            changed = changed | {"name"}
        super().derive(changed)

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        others = Buyer.objects.filter(deal_id=self.deal_id, archived_at=None).exclude(pk=self.pk)
        if others.filter(contact_id=self.contact_id).exists():
            said = _("%(name)s is in the decision already.") % {"name": self.name}
            raise InvalidValues({"contact": [FieldError("unique", said)]})
        if self.reports_to_id and self._is_above(dict(others.values_list("pk", "reports_to_id"))):
            said = _("Nobody stands above themselves, and the one above is of the same deal.")
            raise InvalidValues({"reports_to": [FieldError("circle", said)]})

    def _is_above(self, above: dict[int, int | None]) -> bool:
        """Whether the chart would go round in a circle, or lead to another deal."""
        here: Any = self.reports_to_id
        for _step in range(len(above) + 1):
            if here is None:
                return False
            if here not in above:
                return True
            here = above[here]
        return True

    def concerns(self) -> list[tuple[str, int]]:
        return [("deal", self.deal_id), ("contact", self.contact_id)]
