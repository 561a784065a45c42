from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_team_heads"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="seen_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="to a quarter of an hour", null=True
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="away_since",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="when the visit before this one ended", null=True
            ),
        ),
    ]
