from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

from guanxi.platform.records.models import record_indexes
from guanxi.platform.tenancy.context import everywhere

_TEXTS = ("review", "plan", "comment")


def carry_over(known: Any, schema_editor: Any) -> None:
    """Reports of before get what a record has: when it was made, what it is called, nothing where nothing is."""
    model = known.get_model("collaboration", "WorkReport")
    with everywhere("work reports of all workspaces become records"):
        for row in model._base_manager.order_by("pk").iterator(chunk_size=500):
            year, week, _weekday = row.day.isocalendar()
            row.created_at = row.updated_at = row.made_at
            row.name = row.sort_key = f"{row.day:%Y-%m-%d}" if row.period == "day" else f"{year}-W{week:02}"
            for name in _TEXTS:
                setattr(row, name, getattr(row, name) or None)
            row.save(update_fields=["created_at", "updated_at", "name", "sort_key", *_TEXTS])


def _moment() -> Any:
    return models.DateTimeField(editable=False, default=timezone.now)


def _link(to: str) -> Any:
    return models.ForeignKey(
        blank=True,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
    )


_ADDED: dict[str, Any] = {
    "name": models.CharField(max_length=200, default="", blank=True),
    "version": models.PositiveIntegerField(default=1, editable=False),
    "source": models.CharField(max_length=200, null=True, blank=True),
    "external_id": models.CharField(max_length=200, null=True, blank=True),
    "tags": models.JSONField(default=list, blank=True),
    "custom": models.JSONField(default=dict, blank=True),
    "sort_key": models.CharField(max_length=200, default="", editable=False),
    "created_at": _moment(),
    "updated_at": _moment(),
    "created_by_id": models.BigIntegerField(null=True, editable=False),
    "updated_by_id": models.BigIntegerField(null=True, editable=False),
    "archived_at": models.DateTimeField(null=True, blank=True, editable=False),
    "companies": models.JSONField(default=list),
    "activities": models.PositiveIntegerField(default=0),
}


class Migration(migrations.Migration):
    dependencies = [
        ("collaboration", "0011_browser_signed_in_at"),
        ("identity", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint("workreport", "work_report_once"),
        *(migrations.AddField("workreport", name, field) for name, field in _ADDED.items()),
        *(
            migrations.AlterField("workreport", name, models.TextField(null=True, blank=True))
            for name in _TEXTS
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField("workreport", "made_at"),
        migrations.RenameField("workreport", "state", "status"),
        migrations.AlterField("workreport", "status", models.CharField(max_length=9, default="draft")),
        migrations.RenameField("workreport", "owner_id", "owner"),
        migrations.AlterField("workreport", "owner", _link("identity.member")),
        migrations.RenameField("workreport", "team_id", "team"),
        migrations.AlterField("workreport", "team", _link("identity.team")),
        *(
            migrations.AlterField("workreport", name, models.DateTimeField(editable=False))
            for name in ("created_at", "updated_at")
        ),
        *(
            migrations.AlterField("workreport", name, models.DateTimeField(null=True, editable=False))
            for name in ("reminded_at", "submitted_at", "read_at")
        ),
        migrations.AlterField("workreport", "read_by_id", models.BigIntegerField(null=True, editable=False)),
        *(
            migrations.AddIndex("workreport", index)
            for index in record_indexes("work_report", "day", "status", "submitted_at")
        ),
        migrations.AddIndex(
            "workreport",
            models.Index("workspace", "owner", "day", "period", name="work_report_of_day"),
        ),
    ]
