from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0003_workspace_objects_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="shares_version",
            field=models.BigIntegerField(
                default=0,
                editable=False,
                help_text="a new key whenever somebody gets a first share of an object;"
                " 0: nothing was ever shared",
            ),
        ),
    ]
