from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Sum
from django.utils.translation import gettext as _

from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.models import Record, part_indexes


class Split(Record):
    """A member's share of a deal, in percent; all of a deal's are 100 at most."""

    object_name: ClassVar[str] = "split"
    apart: ClassVar[tuple[str, ...]] = ("deal", "member")

    name = models.CharField(max_length=200, default="")
    deal = models.ForeignKey("sales.Deal", on_delete=models.PROTECT, related_name="splits", db_index=False)
    member = models.ForeignKey("identity.Member", on_delete=models.PROTECT, related_name="+", db_index=False)
    percent = models.PositiveIntegerField(default=100)
    part = models.CharField(max_length=100, null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_split"
        indexes = part_indexes("split", "deal", "member")

    def derive(self, changed: set[str]) -> None:
        if "member" in changed and self.member_id:
            self.name = str(member_names([self.member_id]).get(self.member_id, ""))
            changed = changed | {"name"}
        super().derive(changed)

    def verify_restoring(self) -> None:
        self.verify({"percent"})

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        type(self.deal).objects.select_for_update().filter(pk=self.deal_id).first()  # two can't pass at once
        others = Split.objects.filter(deal_id=self.deal_id, archived_at=None).exclude(pk=self.pk)
        if others.filter(member_id=self.member_id).exists():
            said = _("%(name)s has a share already.") % {"name": self.name}
            raise InvalidValues({"member": [FieldError("unique", said)]})
        given = others.aggregate(Sum("percent"))["percent__sum"] or 0
        if given + self.percent > 100:
            said = _("%(left)s%% of the deal are left.") % {"left": 100 - given}
            raise InvalidValues({"percent": [FieldError("range", said)]})
