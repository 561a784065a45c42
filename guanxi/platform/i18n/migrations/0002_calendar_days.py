import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("i18n", "0001_initial"),
        ("tenancy", "0005_workspace_calendar_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                ("day", models.DateField()),
                ("working", models.BooleanField()),
                ("name", models.CharField(blank=True, max_length=80)),
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
                "db_table": "i18n_calendar_day",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "day"), name="calendar_day_once"),
                ],
            },
        ),
    ]
