import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("collaboration", "0006_clashes"),
        ("identity", "0006_visits"),
        ("tenancy", "0004_workspace_shares_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="VisitPolicy",
            fields=[
                ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                ("far", models.PositiveIntegerField(default=500)),
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
                "db_table": "collaboration_visit_policy",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(models.F("workspace"), name="visit_policy_once"),
                ],
            },
        ),
        migrations.AddField("activity", "accuracy", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("activity", "checked_in_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("activity", "checked_out_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("activity", "distance", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("activity", "position", models.CharField(blank=True, max_length=60, null=True)),
    ]
