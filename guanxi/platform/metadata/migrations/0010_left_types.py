from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metadata", "0009_kept_fields"),
    ]

    operations = [
        migrations.AlterField(
            model_name="retyping",
            name="state",
            field=models.CharField(
                choices=[
                    ("running", "Running"),
                    ("done", "Done"),
                    ("restored", "Restored"),
                    ("left", "Left"),
                    ("forgotten", "Forgotten"),
                ],
                default="running",
                max_length=10,
            ),
        ),
    ]
