from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.tenancy.fields
import guanxi.platform.tenancy.keys


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]

    operations = [
        migrations.AddField("storedfile", "checked", models.CharField(blank=True, default="", max_length=10)),
        migrations.AddField(
            "storedfile", "finding", models.CharField(blank=True, default="", max_length=200)
        ),
        migrations.AddField(
            "storedfile",
            "preview",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="files.storedfile",
            ),
        ),
        migrations.CreateModel(
            name="FieldFile",
            fields=[
                ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                ("object", models.CharField(max_length=63)),
                ("record_id", models.BigIntegerField(null=True)),
                ("field", models.CharField(max_length=63)),
                ("name", models.CharField(max_length=255)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.storedfile",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.workspace",
                    ),
                ),
            ],
            options={
                "db_table": "files_field",
                "abstract": False,
                "indexes": [
                    models.Index("workspace", "object", "record_id", "field", name="field_file_record"),
                    models.Index("workspace", "file", name="field_file_file"),
                ],
            },
        ),
    ]
