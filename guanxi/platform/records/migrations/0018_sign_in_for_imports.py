from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0017_import_schedules"),
    ]

    operations = [
        migrations.AddField(
            model_name="importschedule",
            name="sign_in",
            field=models.JSONField(default=dict),
        ),
    ]
