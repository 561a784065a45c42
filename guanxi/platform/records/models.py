from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.base import ModelState
from django.utils.translation import gettext as _

from guanxi.platform.i18n.names import sort_key
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.number import from_units, to_units
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.tenancy.models import WorkspaceModel

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor


class UnitsField(models.BigIntegerField):  # type: ignore[type-arg]
    """A Decimal in Python, a whole number of 10⁻⁴ in the database: sums are exact everywhere."""

    if TYPE_CHECKING:
        _pyi_private_set_type: Any  # its base's says what models are made with, and knows no Decimal

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return from_units(value)

    def to_python(self, value: Any) -> Any:
        return Decimal(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return to_units(value) if value is not None else None


class Record(WorkspaceModel):
    """Base of every object's table. What the engine keeps of a record, whatever it is.

    version       grows with each change; an edit that names an older one is stale
    archived_at   set: in the archive, out of lists and search, and restorable
    sort_key      the title folded so that both databases order all scripts alike
    """

    owner = models.ForeignKey(
        "identity.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        "identity.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    source = models.CharField(max_length=200, null=True, blank=True)  # NULL is "not given" for every type
    external_id = models.CharField(max_length=200, null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    sort_key = models.CharField(max_length=200, default="", editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    created_by_id = models.BigIntegerField(null=True, editable=False)
    updated_by_id = models.BigIntegerField(null=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    object_name: ClassVar[str] = ""
    title_attribute: ClassVar[str] = "name"
    derives_from: ClassVar[tuple[str, ...]] = ()  # links that `derive` follows: fetched at once for many rows
    apart: ClassVar[
        tuple[str, ...]
    ] = ()  # fields in which no two records are the same: merged, one of them stays
    natural_key: ClassVar[str] = ""  # a column that `derive` fills and by which imports know a record again
    tallies: ClassVar[tuple[Tally, ...]] = ()  # what of the table is counted ahead
    blanked: dict[str, Any] | None = None  # set where hidden values were taken out: masked field → its text
    last_fact_id: int | None = None  # of the verb that returned this instance; its undo token

    class Meta(WorkspaceModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return str(getattr(self, self.title_attribute) or "")

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.blanked is not None:
            raise TypeError("a record from which hidden values were taken out can't be saved")
        super().save(*args, **kwargs)

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **state: Any
    ) -> Self:
        """As Django makes it, without asking each attribute how it wants to be set: nothing is kept yet.

        `state` is what later versions of Django keep beside the database (6.1: how fields are fetched).
        """
        record = cls.__new__(cls)
        record._state = ModelState()
        record._state.adding, record._state.db = False, db
        vars(record._state).update(state)
        record.__dict__.update(zip(field_names, values, strict=True))
        return record

    @classmethod
    def named(cls, title: str) -> dict[str, Any]:
        """Values of a record of which nothing but the title is known: an import makes what its rows name."""
        return {cls.title_attribute: title}

    def concerns(self) -> list[tuple[str, int]]:
        """Other records that a fact of this one is also about: (object, id), the nearest first."""
        obj = registry.get(self.object_name)
        return [(obj.whole, obj[obj.part_of].get(self))] if obj.part_of else []

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        """Called when parts of these records were made, changed, archived or restored, in that transaction.

        part   the name of the parts' object. What is summed up from them is written with `settle_many`.
        """

    def verify(self, changed: set[str]) -> None:
        """Raise InvalidValues where fields contradict each other; what an import makes is not asked: the past
        is past."""

    def verify_change(self, changed: set[str], before: Mapping[str, Any], *, by: Actor) -> None:
        """The same for what a rule lets only some do, or only from some states.

        before   the row's attributes as they were (`stage_id`)
        A new record, an import and an undo are not asked.
        """

    @classmethod
    def verify_together(cls, changed: Collection[tuple[Any, set[str]]]) -> dict[int, InvalidValues]:
        """What several rows would contradict once all of them are written: id → why; those are not saved.

        changed   rows as they will be, and the names of the fields that change
        """
        return {}

    def verify_archiving(self) -> None:
        """Raise InvalidValues where others still need this record in use."""

    def verify_restoring(self) -> None:
        """Raise InvalidValues where there is no place for it any more, out of the archive or the trash."""

    def keep_parts(self) -> None:
        """Write what of its parts follows from this row; called once the row itself is written.

        `derive` may only reckon: what it is asked for may be refused still.
        """

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        """What a change of these fields is called; `before` has the older values in JSON form."""
        return "changed"

    def derive(self, changed: set[str]) -> None:
        """Fill what follows from other fields of this row; called before each save with the changed names."""
        if self.title_attribute in changed or not self.sort_key:
            self.sort_key = sort_key(str(self))[:200]


class TouchedRecord(Record):
    """A record with traffic: the timeline keeps when we last had contact and how often that is usual."""

    last_touch_at = models.DateTimeField(null=True, blank=True, editable=False)
    rhythm_days = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta(Record.Meta):
        abstract = True


class PooledRecord(TouchedRecord):
    """A record that belongs to a member, or to nobody and stands in a pool (metadata/pools.py).

    owned_since   when its owner got it
    pooled_from   whose it was before
    """

    pool_id = models.BigIntegerField(null=True, editable=False)
    pooled_at = models.DateTimeField(null=True, editable=False)
    pool_reason = models.CharField(max_length=200, null=True, editable=False)
    pooled_from_id = models.BigIntegerField(null=True, editable=False)
    owned_since = models.DateTimeField(null=True, editable=False)

    class Meta(TouchedRecord.Meta):
        abstract = True

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        now = datetime.now(UTC)
        if self._state.adding and self.pool_id:
            self.owner_id = self.team_id = None
        elif self.owner_id and self.pool_id:  # whoever gives it an owner takes it out
            self.pool_id = None
        if self.pool_id and self.pooled_at is None:
            self.pooled_at = now
        elif not self.pool_id:
            self.pooled_at = self.pool_reason = self.pooled_from_id = None
        if "owner" in changed:
            self.owned_since = now if self.owner_id else None

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if "pool" in changed and not self._state.adding:
            words = _("Claim it, or return it to a pool: a pool is not typed.")
            raise InvalidValues({"pool": [FieldError("verb", words)]})

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        if "pool" in changed:
            return "claimed" if self.pool_id is None else "pooled"
        return super().fact_verb(changed, before)


def record_indexes(table: str, *columns: str) -> list[models.Index]:
    """The indexes that lists of an object need: one per sortable column, leading with the workspace.

    They hold only what is not archived, as lists do, but for the title's, by which records that link here are
    sorted. Each ends with owner and team: a list walks past what its reader may not see without fetching it,
    and a count fetches nothing (docs/decisions/0013-indexes.md).
    """
    wanted = ("owner", "team", "sort_key", "created_at", "updated_at", *columns)
    return [
        models.Index(
            *dict.fromkeys(("workspace", column, "id", "owner", "team")),
            name=f"{table}_{column}"[:30],
            condition=None if column == "sort_key" else Q(archived_at__isnull=True),
        )
        for column in wanted
    ]


def part_indexes(table: str, whole: str, *columns: str) -> list[models.Index]:
    """The indexes of an object that is part of another: they have no owner, and most are asked for by it."""
    wanted = (whole, "sort_key", "created_at", "updated_at", *columns)
    return [models.Index("workspace", column, "id", name=f"{table}_{column}"[:30]) for column in wanted]


def pool_index(table: str) -> models.Index:
    """The records of a pool, those that came last first."""
    return models.Index(
        "workspace", "pool_id", "pooled_at", "id",
        name=f"{table}_pool",
        condition=Q(archived_at__isnull=True, pool_id__isnull=False),
    )  # fmt: skip


def owner_indexes(table: str, *columns: str) -> list[models.Index]:
    """Indexes for the lists that people look at most: what one member has, in the order of a column."""
    return [
        models.Index(
            "workspace", "owner", column, "id",
            name=f"{table}_owner_{column}"[:30], condition=Q(archived_at__isnull=True),
        )
        for column in columns
    ]  # fmt: skip


class OwnRecord(TouchedRecord):
    """A record of an object that a workspace made; `kind` says of which. Its fields are in `custom`."""

    tallies: ClassVar[tuple[Tally, ...]] = (Tally("kind", by=("kind",)),)

    kind = models.CharField(max_length=40, editable=False)
    name = models.CharField(max_length=200)

    class Meta(TouchedRecord.Meta):
        db_table = "records_own"
        indexes = tuple(
            models.Index(
                "workspace",
                "kind",
                column,
                "id",
                name=f"own_{column}"[:30],
                condition=Q(archived_at__isnull=True),
            )
            for column in ("owner", "team", "sort_key", "created_at", "updated_at")
        )

    @property
    def object_name(self) -> str:  # type: ignore[override]
        return self.kind


class Value(WorkspaceModel):
    """A value by which records are found one by one: a phone, an email, a tag. Kept by the engine."""

    object = models.CharField(max_length=40)
    field = models.CharField(max_length=60)
    value = models.CharField(max_length=200)
    record_id = models.BigIntegerField()

    class Meta(WorkspaceModel.Meta):
        db_table = "records_value"
        indexes = (
            models.Index("workspace", "object", "field", "value", "record_id", name="records_value_found"),
            models.Index("workspace", "object", "record_id", name="records_value_record"),
        )

    def __str__(self) -> str:
        return f"{self.object}.{self.field}={self.value}"


class Tag(WorkspaceModel):
    """A word that members put on records of any object."""

    name = models.CharField(max_length=60)
    tone = models.CharField(max_length=20, default="azurite")
    key = models.CharField(
        max_length=60, editable=False, help_text="the name, case-folded: two tags can't differ by case"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_tag"
        constraints = (models.UniqueConstraint("workspace", "key", name="records_tag_key"),)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = self.name.casefold()
        super().save(*args, **kwargs)


class SavedView(WorkspaceModel):
    """A list as somebody wants to see it again: filter, sort, columns and layout under a name.

    member null: everybody's; team set: that team's.
    arranged   the field of the layout: what a table is grouped by ("created_at:month"), the lanes of a board,
               the days of a calendar, the places of a map; "" for the first that fits, or no groups
    aggregates   {column: aggregate} of its foot, where that is not the usual one: records/aggregates.py
    """

    object = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    icon = models.CharField(max_length=40, blank=True, default="")
    member = models.ForeignKey(
        "identity.Member", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        "identity.Team", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    filter = models.TextField(blank=True, default="")
    sort = models.CharField(max_length=200, blank=True, default="")
    columns = models.JSONField(default=list)
    layout = models.CharField(max_length=20, default="table")
    arranged = models.CharField(max_length=80, blank=True, default="")
    aggregates = models.JSONField(default=dict)
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_saved_view"
        indexes = (models.Index("workspace", "object", "position", name="records_saved_view_list"),)

    def __str__(self) -> str:
        return self.name


class SearchEntry(WorkspaceModel):
    """What search knows of one record. Its words stand as each database searches best: search/store.py."""

    portable: ClassVar[bool] = False

    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    title = models.CharField(max_length=300)
    hint = models.CharField(max_length=300, blank=True, default="")
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        db_table = "records_search_entry"
        constraints = (
            models.UniqueConstraint("workspace", "object", "record_id", name="records_search_entry_record"),
        )

    def __str__(self) -> str:
        return self.title


# Tables of the engine's own rooms.
from guanxi.platform.records.batches.models import Batch, BatchPart  # noqa: E402
from guanxi.platform.records.duplicates.models import (  # noqa: E402
    DuplicatePair,
    DuplicateRule,
    KeysFilled,
    MatchKey,
    Sweep,
)
from guanxi.platform.records.importing.models import Import, ImportFile, ImportRow  # noqa: E402
from guanxi.platform.records.merging.models import MergedRecord  # noqa: E402
from guanxi.platform.records.privacy.models import Erasure  # noqa: E402
from guanxi.platform.records.sharing.models import (  # noqa: E402
    AccessRequest,
    HandedOver,
    HandOver,
    Share,
    ShareHolder,
    ShareRule,
)
from guanxi.platform.records.transfer.models import Copy  # noqa: E402
from guanxi.platform.records.trash.models import Trashed  # noqa: E402

__all__ = [
    "AccessRequest",
    "Batch",
    "BatchPart",
    "Copy",
    "DuplicatePair",
    "DuplicateRule",
    "Erasure",
    "HandOver",
    "HandedOver",
    "Import",
    "ImportFile",
    "ImportRow",
    "KeysFilled",
    "MatchKey",
    "MergedRecord",
    "OwnRecord",
    "PooledRecord",
    "Record",
    "SavedView",
    "SearchEntry",
    "Share",
    "ShareHolder",
    "ShareRule",
    "Sweep",
    "Tag",
    "TouchedRecord",
    "Trashed",
    "UnitsField",
    "Value",
    "owner_indexes",
    "part_indexes",
    "pool_index",
    "record_indexes",
]


class TallyCell(WorkspaceModel):
    """How many records of a table some member has, and what they amount to; kept by triggers (see tallies).

    Of one cell there may be several rows that add up. 0 and "" stand for nothing.
    """

    portable: ClassVar[bool] = False  # the triggers make them where the records come in

    id = models.BigAutoField(primary_key=True)  # the triggers have no keys of ours to give
    tally = models.CharField(max_length=80)
    owner_id = models.BigIntegerField(default=0)
    team_id = models.BigIntegerField(default=0)
    link_1 = models.BigIntegerField(default=0)
    link_2 = models.BigIntegerField(default=0)
    text_1 = models.CharField(max_length=200, default="")
    text_2 = models.CharField(max_length=200, default="")
    n = models.BigIntegerField(default=0)
    high = models.BigIntegerField(default=0)
    low = models.BigIntegerField(default=0)
    unpriced = models.BigIntegerField(default=0)

    class Meta:
        db_table = "records_tally"
        indexes = (
            models.Index(
                "workspace",
                "tally",
                "owner_id",
                "team_id",
                "link_1",
                "link_2",
                "text_1",
                "text_2",
                name="tally_cell",
            ),
        )

    def __str__(self) -> str:
        return f"{self.tally}: {self.n}"
