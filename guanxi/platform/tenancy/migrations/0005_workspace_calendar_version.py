from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_workspace_shares_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="calendar_version",
            field=models.BigIntegerField(
                default=0,
                editable=False,
                help_text="a new key whenever the workspace's own days change; 0: it has none",
            ),
        ),
    ]
