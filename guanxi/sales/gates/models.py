from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from guanxi.platform.identity.models import Role
from guanxi.platform.identity.permissions import SYSTEM_ROLES
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.models import Record, part_indexes


class Passage(Record):
    """A way out of a stage: to another one, for the members of a role or for all.

    As long as nobody names a way out of a stage, every way is open. Lost a deal may always be.
    """

    object_name: ClassVar[str] = "passage"
    derives_from: ClassVar[tuple[str, ...]] = ("stage", "to")

    name = models.CharField(max_length=300, default="", editable=False)
    stage = models.ForeignKey(
        "sales.Stage", on_delete=models.PROTECT, related_name="passages", db_index=False
    )
    to = models.ForeignKey("sales.Stage", on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=100, null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_passage"
        indexes = part_indexes("passage", "stage", "to")

    def derive(self, changed: set[str]) -> None:
        if self.stage_id and self.to_id:
            self.name = f"{self.stage} → {self.to}"[:300]
        super().derive(changed | {"name"})

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        ends: Any = self.to
        if self.to_id == self.stage_id or ends.pipeline_id != self.stage.pipeline_id:
            said = _("A way leads to another stage of the same pipeline.")
            raise InvalidValues({"to": [FieldError("link", said)]})
        if "role" in changed and self.role and not role_called(self.role):
            said = _("There is no role “%(name)s”.") % {"name": self.role}
            raise InvalidValues({"role": [FieldError("unknown_role", said)]})
        same = Passage.objects.filter(stage=self.stage_id, to=self.to_id, role=self.role, archived_at=None)
        if same.exclude(pk=self.pk).exists():
            raise InvalidValues({"to": [FieldError("unique", _("This way is there already."))]})


class StageCheck(Record):
    """What is to be done in a stage: a line of its checklist.

    needed   the deal does not go on from there before it is ticked
    """

    object_name: ClassVar[str] = "stage_check"

    name = models.CharField(max_length=200)
    stage = models.ForeignKey("sales.Stage", on_delete=models.PROTECT, related_name="checks", db_index=False)
    needed = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta(Record.Meta):
        db_table = "sales_stage_check"
        indexes = part_indexes("stage_check", "stage")


class Tick(Record):
    """A line of a checklist that is done for a deal; who did it, and when, is who made the tick."""

    object_name: ClassVar[str] = "tick"
    derives_from: ClassVar[tuple[str, ...]] = ("item",)
    apart: ClassVar[tuple[str, ...]] = ("deal", "item")

    name = models.CharField(max_length=200, default="", editable=False)
    deal = models.ForeignKey("sales.Deal", on_delete=models.PROTECT, related_name="ticks", db_index=False)
    item = models.ForeignKey(StageCheck, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta(Record.Meta):
        db_table = "sales_tick"
        indexes = part_indexes("tick", "deal", "item")

    def derive(self, changed: set[str]) -> None:
        if self.item_id:
            self.name = self.item.name
        super().derive(changed | {"name"})

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        there = Tick.objects.filter(deal=self.deal_id, item=self.item_id, archived_at=None)
        if there.exclude(pk=self.pk).exists():
            said = _("“%(name)s” is ticked already.") % {"name": self.item}
            raise InvalidValues({"item": [FieldError("unique", said)]})


def role_called(name: str) -> Role | None:
    """The role of that name: its own, in any language that of one that Guanxi brings, or its key."""
    word = name.strip().casefold()
    return next((one for one in Role.objects.all() if word in role_words(one)), None)


def role_words(role: Role) -> set[str]:
    """By which words a role is known, in any language."""
    brought = SYSTEM_ROLES.get(role.system)
    words = [role.name, role.system, *(brought.label.everywhere().values() if brought else ())]
    return {one.casefold() for one in words if one}
