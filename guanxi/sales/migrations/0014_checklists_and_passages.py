import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.tenancy.fields
from guanxi.platform.tenancy.operations import CreateModels


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0006_visits"),
        ("sales", "0013_delivery_projects"),
        ("tenancy", "0004_workspace_shares_version"),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name="StageCheck",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
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
                    (
                        "owner",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.member",
                        ),
                    ),
                    (
                        "team",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.team",
                        ),
                    ),
                    ("version", models.PositiveIntegerField(default=1, editable=False)),
                    ("source", models.CharField(blank=True, max_length=200, null=True)),
                    ("external_id", models.CharField(blank=True, max_length=200, null=True)),
                    ("tags", models.JSONField(blank=True, default=list)),
                    ("custom", models.JSONField(blank=True, default=dict)),
                    ("sort_key", models.CharField(default="", editable=False, max_length=200)),
                    ("created_at", models.DateTimeField(editable=False)),
                    ("updated_at", models.DateTimeField(editable=False)),
                    ("created_by_id", models.BigIntegerField(editable=False, null=True)),
                    ("updated_by_id", models.BigIntegerField(editable=False, null=True)),
                    ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ("name", models.CharField(max_length=200)),
                    (
                        "stage",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="checks",
                            to="sales.stage",
                        ),
                    ),
                    ("needed", models.BooleanField(default=True)),
                    ("position", models.PositiveIntegerField(default=0)),
                ],
                options={
                    "db_table": "sales_stage_check",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"), models.F("stage"), models.F("id"), name="stage_check_stage"
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("sort_key"),
                            models.F("id"),
                            name="stage_check_sort_key",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("created_at"),
                            models.F("id"),
                            name="stage_check_created_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("updated_at"),
                            models.F("id"),
                            name="stage_check_updated_at",
                        ),
                    ],
                    "constraints": [],
                },
            ),
            migrations.CreateModel(
                name="Passage",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
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
                    (
                        "owner",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.member",
                        ),
                    ),
                    (
                        "team",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.team",
                        ),
                    ),
                    ("version", models.PositiveIntegerField(default=1, editable=False)),
                    ("source", models.CharField(blank=True, max_length=200, null=True)),
                    ("external_id", models.CharField(blank=True, max_length=200, null=True)),
                    ("tags", models.JSONField(blank=True, default=list)),
                    ("custom", models.JSONField(blank=True, default=dict)),
                    ("sort_key", models.CharField(default="", editable=False, max_length=200)),
                    ("created_at", models.DateTimeField(editable=False)),
                    ("updated_at", models.DateTimeField(editable=False)),
                    ("created_by_id", models.BigIntegerField(editable=False, null=True)),
                    ("updated_by_id", models.BigIntegerField(editable=False, null=True)),
                    ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ("name", models.CharField(default="", editable=False, max_length=300)),
                    (
                        "stage",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="passages",
                            to="sales.stage",
                        ),
                    ),
                    (
                        "to",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="sales.stage",
                        ),
                    ),
                    ("role", models.CharField(blank=True, max_length=100, null=True)),
                ],
                options={
                    "db_table": "sales_passage",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"), models.F("stage"), models.F("id"), name="passage_stage"
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("sort_key"),
                            models.F("id"),
                            name="passage_sort_key",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("created_at"),
                            models.F("id"),
                            name="passage_created_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("updated_at"),
                            models.F("id"),
                            name="passage_updated_at",
                        ),
                        models.Index(
                            models.F("workspace"), models.F("to"), models.F("id"), name="passage_to"
                        ),
                    ],
                    "constraints": [],
                },
            ),
            migrations.CreateModel(
                name="Tick",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
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
                    (
                        "owner",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.member",
                        ),
                    ),
                    (
                        "team",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.team",
                        ),
                    ),
                    ("version", models.PositiveIntegerField(default=1, editable=False)),
                    ("source", models.CharField(blank=True, max_length=200, null=True)),
                    ("external_id", models.CharField(blank=True, max_length=200, null=True)),
                    ("tags", models.JSONField(blank=True, default=list)),
                    ("custom", models.JSONField(blank=True, default=dict)),
                    ("sort_key", models.CharField(default="", editable=False, max_length=200)),
                    ("created_at", models.DateTimeField(editable=False)),
                    ("updated_at", models.DateTimeField(editable=False)),
                    ("created_by_id", models.BigIntegerField(editable=False, null=True)),
                    ("updated_by_id", models.BigIntegerField(editable=False, null=True)),
                    ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ("name", models.CharField(default="", editable=False, max_length=200)),
                    (
                        "deal",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="ticks",
                            to="sales.deal",
                        ),
                    ),
                    (
                        "item",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="sales.stagecheck",
                        ),
                    ),
                ],
                options={
                    "db_table": "sales_tick",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"), models.F("deal"), models.F("id"), name="tick_deal"
                        ),
                        models.Index(
                            models.F("workspace"), models.F("sort_key"), models.F("id"), name="tick_sort_key"
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("created_at"),
                            models.F("id"),
                            name="tick_created_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("updated_at"),
                            models.F("id"),
                            name="tick_updated_at",
                        ),
                        models.Index(
                            models.F("workspace"), models.F("item"), models.F("id"), name="tick_item"
                        ),
                    ],
                    "constraints": [],
                },
            ),
        ),
    ]
