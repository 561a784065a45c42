from __future__ import annotations

from typing import Any

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Made(WorkspaceModel):
    """What objects and fields of a workspace have in common; changed only by the verbs in `shaping.py`.

    name    one word, for good: addresses, API, filters and facts say it; the label is what people read
    label   {"en": …, "zh-hans": …, "zh-hant": …}; a language that is missing falls back to another
    """

    name = models.CharField(max_length=40)
    label = models.JSONField(default=dict)
    help = models.JSONField(default=dict)
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    created_by_id = models.BigIntegerField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return str(next((word for word in self.label.values() if word), self.name))


class OwnObject(Made):
    """A kind of record that a workspace made."""

    plural = models.CharField(max_length=40)
    plural_label = models.JSONField(default=dict)
    icon = models.CharField(max_length=40, default="box")
    tone = models.CharField(max_length=20, default="azurite")
    group = models.CharField(max_length=20, default="operations")
    title_label: Any = models.JSONField(
        default=dict, help_text="what the field that names a record is called"
    )
    touched = models.BooleanField(default=True, help_text="calls, mails and visits are logged on its records")
    columns = models.JSONField(default=list, help_text="the columns of its list; none: the first fields")
    board = models.CharField(max_length=40, blank=True, default="", help_text="the choice that is its board")

    class Meta(Made.Meta):
        db_table = "metadata_object"
        constraints = (
            models.UniqueConstraint("workspace", "name", name="metadata_object_name"),
            models.UniqueConstraint("workspace", "plural", name="metadata_object_plural"),
        )


class Counter(WorkspaceModel):
    """How far the numbers of a field have come; `period` is the year or month of which they are, or ""."""

    object = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    period = models.CharField(max_length=7, blank=True, default="")
    last = models.BigIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        db_table = "metadata_counter"
        constraints = (
            models.UniqueConstraint("workspace", "object", "field", "period", name="metadata_counter_of"),
        )

    def __str__(self) -> str:
        return f"{self.object}.{self.field} {self.period}: {self.last}"


class NumberRule(WorkspaceModel):
    """How a workspace wants the numbers of a shipped field: `SO-{year}-{number:4}`, anew each year."""

    object = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    pattern = models.CharField(max_length=60)
    reset = models.CharField(max_length=5, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "metadata_number_rule"
        constraints = (
            models.UniqueConstraint("workspace", "object", "field", name="metadata_number_rule_of"),
        )

    def __str__(self) -> str:
        return f"{self.object}.{self.field}: {self.pattern}"


class OwnField(Made):
    """A field that a workspace added to a shipped object or to one of its own.

    settings   what its type needs beside: options of a choice, the object a link leads to, bounds, a formula
    default    in JSON form, as typed; null for none
    key        its key in `custom` where that is not the name: its type was changed
    visible_if   a formula: only where it says yes the field is shown and asked for; "" is always
    required_if  a formula: where it says yes the field must be filled in; "" leaves it to `required`
    place      how far its places are: "" none, "making", "ready" (records/places.py)
    kept_by    what of the product writes it ("learned_model"), so that nobody else does; "" is everybody
    """

    object = models.CharField(max_length=40)
    type = models.CharField(max_length=20)
    required = models.BooleanField(default=False)
    unique = models.BooleanField(default=False)
    default: Any = models.JSONField(null=True)
    settings = models.JSONField(default=dict)
    key = models.CharField(max_length=60, blank=True, default="")
    visible_if = models.TextField(blank=True, default="")
    required_if = models.TextField(blank=True, default="")
    place = models.CharField(max_length=10, blank=True, default="")
    kept_by = models.CharField(max_length=40, blank=True, default="")

    class Meta(Made.Meta):
        db_table = "metadata_field"
        constraints = (models.UniqueConstraint("workspace", "object", "name", name="metadata_field_name"),)


class Rule(Made):
    """What must hold of an object's records; its label is what is said where it does not.

    formula   gives yes or no; only no breaks it
    field     at which the message stands; "" is the record as a whole
    """

    object = models.CharField(max_length=40)
    formula = models.TextField()
    field = models.CharField(max_length=40, blank=True, default="")

    class Meta(Made.Meta):
        db_table = "metadata_rule"
        constraints = (models.UniqueConstraint("workspace", "object", "name", name="metadata_rule_name"),)


class OwnMetric(Made):
    """A number that a workspace defined: `metrics.py` has it as a `Metric` beside the shipped ones.

    aggregate    "count", "sum", "avg", "min", "max", "median", "distinct", or "ratio" of two other metrics
    formula      what of each record is summed or told apart, in the language of formulas
    filter       which records, in the text form of filters; "" is all
    date         the field by which a record belongs to a time
    part, whole  of a ratio: the names of the metric that is divided, and of that by which
    unit         "", "money", "percent", or a word that stands behind the number
    better       "more" or "less"
    """

    object = models.CharField(max_length=40)
    aggregate = models.CharField(max_length=10, default="count")
    formula = models.TextField(blank=True, default="")
    filter = models.TextField(blank=True, default="")
    date = models.CharField(max_length=40)
    part = models.CharField(max_length=40, blank=True, default="")
    whole = models.CharField(max_length=40, blank=True, default="")
    unit = models.CharField(max_length=20, blank=True, default="")
    better = models.CharField(max_length=4, default="more")

    class Meta(Made.Meta):
        db_table = "metadata_metric"
        constraints = (models.UniqueConstraint("workspace", "name", name="metadata_metric_name"),)


class Retyping(WorkspaceModel):
    """A change of a field's type. The old values stay under their own key for 30 days.

    before, after   what the field was and is: type, settings, key, unique, default
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        RESTORED = "restored"
        LEFT = "left"
        FORGOTTEN = "forgotten"

    field_id = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    member_id = models.BigIntegerField(null=True)
    began_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "metadata_retyping"
        indexes = (models.Index("workspace", "field_id", name="metadata_retyping_field"),)

    def __str__(self) -> str:
        return f"{self.field_id}: {self.before.get('type')} → {self.after.get('type')}"


class Place(WorkspaceModel):
    """Where a record stands in the order of one own field: what an index is for a field with a column.

    A row for each record, also where the field is empty. Owner and team are the record's, so that a list
    walks past what its reader may not see without fetching it.
    """

    field_id = models.BigIntegerField()
    record_id = models.BigIntegerField()
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        abstract = True
        indexes = (
            models.Index(
                "workspace", "field_id", "value", "record_id", "owner_id", "team_id", name="%(class)s_walk"
            ),
            models.Index("workspace", "record_id", "field_id", name="%(class)s_record"),
        )


class NumberPlace(Place):
    value = models.BigIntegerField(null=True)

    class Meta(Place.Meta):
        db_table = "metadata_number"

    def __str__(self) -> str:
        return f"{self.field_id}={self.value}"


class TextPlace(Place):
    value = models.TextField(null=True)  # NULL is "not given" for every type

    class Meta(Place.Meta):
        db_table = "metadata_text"

    def __str__(self) -> str:
        return f"{self.field_id}={self.value}"


class Use(WorkspaceModel):
    """How often lists were filtered or sorted by an own field on a day, in tens."""

    field_id = models.BigIntegerField()
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        db_table = "metadata_use"
        constraints = (models.UniqueConstraint("workspace", "field_id", "day", name="metadata_use_day"),)

    def __str__(self) -> str:
        return f"{self.field_id} {self.day}: {self.count}"


class OwnLayout(WorkspaceModel):
    """Which fields of an object stand where, for everybody (no role) or for a role's members: layouts.py."""

    object = models.CharField(max_length=40)
    role = models.ForeignKey(
        "identity.Role", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    parts = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "metadata_layout"
        constraints = (
            models.UniqueConstraint("workspace", "object", "role", name="metadata_layout_of"),
            models.UniqueConstraint(
                "workspace", "object", condition=models.Q(role=None), name="metadata_layout_default"
            ),
        )

    def __str__(self) -> str:
        return self.object
