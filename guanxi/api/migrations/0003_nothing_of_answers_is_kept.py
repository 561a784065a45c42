from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0002_rights_of_kept_answers"),
    ]

    operations = [
        migrations.RemoveField(model_name="idempotentcall", name="rights"),
        migrations.RemoveField(model_name="idempotentcall", name="body"),
        migrations.AddField(
            model_name="idempotentcall",
            name="done",
            field=models.JSONField(
                default=dict, help_text="the key of what was made; of many their outcomes"
            ),
        ),
    ]
