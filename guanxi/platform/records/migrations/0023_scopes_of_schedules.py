from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0022_outline"),
    ]

    operations = [
        migrations.AddField(
            model_name="importschedule",
            name="scopes",
            field=models.JSONField(null=True),
        ),
    ]
