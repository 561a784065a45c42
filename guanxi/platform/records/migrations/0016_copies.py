import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0015_sweeps"),
        ("tenancy", "0004_workspace_shares_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="Copy",
            fields=[
                ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("member_id", models.BigIntegerField(null=True)),
                ("job_id", models.CharField(blank=True, default="", max_length=32)),
                ("rows", models.BigIntegerField(default=0)),
                ("files", models.BigIntegerField(default=0)),
                (
                    "missing",
                    models.BigIntegerField(default=0, help_text="files whose bytes were not on the disk"),
                ),
                ("bytes", models.BigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, default="", max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
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
                "db_table": "records_copy",
                "abstract": False,
                "indexes": [
                    models.Index(models.F("workspace"), models.F("asked_at"), name="records_copy_recent")
                ],
            },
        ),
    ]
