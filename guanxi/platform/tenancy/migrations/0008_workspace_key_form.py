from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0007_workspace_search_form")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="key_form",
            field=models.PositiveSmallIntegerField(
                default=0,
                editable=False,
                help_text="the form of the keys by which values of its own fields are found",
            ),
        ),
    ]
