from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0004_how_lists_open"),
    ]

    operations = [
        migrations.AddField(
            model_name="team",
            name="head_id",
            field=models.BigIntegerField(null=True),
        ),
    ]
