from django.db import migrations, models

import guanxi.platform.records.models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0005_deliveries_that_failed"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="beyond",
            field=models.CharField(
                blank=True,
                choices=[("", "None"), ("below", "Below"), ("above", "Above")],
                default="",
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="limit",
            field=guanxi.platform.records.models.UnitsField(null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="crossed_at",
            field=models.DateTimeField(null=True),
        ),
    ]
