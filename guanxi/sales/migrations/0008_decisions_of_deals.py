import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.records.models
import guanxi.platform.tenancy.fields
from guanxi.platform.tenancy.operations import CreateModels


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_team_heads"),
        ("people", "0003_pools"),
        ("sales", "0007_quotes_and_prices"),
        ("tenancy", "0004_workspace_shares_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="stage",
            name="needs",
            field=models.CharField(blank=True, max_length=300, null=True),
        ),
        CreateModels(
            migrations.CreateModel(
                name="Buyer",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
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
                    ("name", models.CharField(default="", max_length=200)),
                    ("role", models.CharField(blank=True, max_length=20, null=True)),
                    ("stance", models.CharField(default="unknown", max_length=20)),
                    ("influence", models.CharField(default="some", max_length=20)),
                    ("note", models.TextField(blank=True, null=True)),
                    (
                        "contact",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="people.contact",
                        ),
                    ),
                    (
                        "deal",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="buyers",
                            to="sales.deal",
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
                        "reports_to",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="sales.buyer",
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
                    "db_table": "sales_buyer",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"), models.F("deal"), models.F("id"), name="buyer_deal"
                        ),
                        models.Index(
                            models.F("workspace"), models.F("sort_key"), models.F("id"), name="buyer_sort_key"
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("created_at"),
                            models.F("id"),
                            name="buyer_created_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("updated_at"),
                            models.F("id"),
                            name="buyer_updated_at",
                        ),
                        models.Index(
                            models.F("workspace"), models.F("contact"), models.F("id"), name="buyer_contact"
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("reports_to"),
                            models.F("id"),
                            name="buyer_reports_to",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Rival",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
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
                    ("status", models.CharField(default="in", max_length=20)),
                    ("strengths", models.TextField(blank=True, null=True)),
                    ("weaknesses", models.TextField(blank=True, null=True)),
                    ("price", guanxi.platform.records.models.UnitsField(blank=True, null=True)),
                    ("price_currency", models.CharField(default="CNY", max_length=3)),
                    ("price_base", guanxi.platform.records.models.UnitsField(blank=True, null=True)),
                    (
                        "company",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="people.company",
                        ),
                    ),
                    (
                        "deal",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="rivals",
                            to="sales.deal",
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
                    "db_table": "sales_rival",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"), models.F("deal"), models.F("id"), name="rival_deal"
                        ),
                        models.Index(
                            models.F("workspace"), models.F("sort_key"), models.F("id"), name="rival_sort_key"
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("created_at"),
                            models.F("id"),
                            name="rival_created_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("updated_at"),
                            models.F("id"),
                            name="rival_updated_at",
                        ),
                        models.Index(
                            models.F("workspace"), models.F("company"), models.F("id"), name="rival_company"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Split",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
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
                    ("name", models.CharField(default="", max_length=200)),
                    ("percent", models.PositiveIntegerField(default=100)),
                    ("part", models.CharField(blank=True, max_length=100, null=True)),
                    (
                        "deal",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="splits",
                            to="sales.deal",
                        ),
                    ),
                    (
                        "member",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.member",
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
                    "db_table": "sales_split",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"), models.F("deal"), models.F("id"), name="split_deal"
                        ),
                        models.Index(
                            models.F("workspace"), models.F("sort_key"), models.F("id"), name="split_sort_key"
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("created_at"),
                            models.F("id"),
                            name="split_created_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("updated_at"),
                            models.F("id"),
                            name="split_updated_at",
                        ),
                        models.Index(
                            models.F("workspace"), models.F("member"), models.F("id"), name="split_member"
                        ),
                    ],
                },
            ),
        ),
    ]
