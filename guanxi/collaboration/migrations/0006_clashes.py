import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.tenancy.fields
from guanxi.platform.tenancy.operations import CreateModels


class Migration(migrations.Migration):
    dependencies = [
        ("collaboration", "0001_squashed_0005_list_indexes"),
        ("tenancy", "0004_workspace_shares_version"),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name="Clash",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("object", models.CharField(max_length=63)),
                    ("title", models.CharField(max_length=300)),
                    ("claimants", models.JSONField(default=list)),
                    ("reason", models.CharField(blank=True, default="", max_length=500)),
                    (
                        "state",
                        models.CharField(
                            choices=[("open", "Open"), ("decided", "Decided"), ("withdrawn", "Withdrawn")],
                            default="open",
                            max_length=9,
                        ),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("opened_by_id", models.BigIntegerField(null=True)),
                    ("proposal", models.JSONField(default=dict)),
                    ("evidence", models.JSONField(default=list)),
                    ("pattern", models.CharField(blank=True, default="", max_length=40)),
                    ("owner_id", models.BigIntegerField(null=True)),
                    ("split", models.JSONField(default=dict)),
                    ("note", models.CharField(blank=True, default="", max_length=1000)),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("decided_by_id", models.BigIntegerField(null=True)),
                    ("batch_id", models.BigIntegerField(null=True)),
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
                    "db_table": "collaboration_clash",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"),
                            models.F("state"),
                            models.F("opened_at"),
                            name="clash_state",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("pattern"),
                            models.F("decided_at"),
                            name="clash_pattern",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ClashPolicy",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("order", models.JSONField(default=list)),
                    ("days", models.PositiveSmallIntegerField(default=90)),
                    ("share", models.PositiveSmallIntegerField(default=30)),
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
                    "db_table": "collaboration_clash_policy",
                    "abstract": False,
                    "constraints": [models.UniqueConstraint(models.F("workspace"), name="clash_policy_once")],
                },
            ),
            migrations.CreateModel(
                name="ClashRecord",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("object", models.CharField(max_length=63)),
                    ("record_id", models.BigIntegerField()),
                    (
                        "clash",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="records",
                            to="collaboration.clash",
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
                    "db_table": "collaboration_clash_record",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"),
                            models.F("object"),
                            models.F("record_id"),
                            name="clash_of_record",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"),
                            models.F("clash"),
                            models.F("object"),
                            models.F("record_id"),
                            name="clash_record_once",
                        )
                    ],
                },
            ),
        ),
    ]
