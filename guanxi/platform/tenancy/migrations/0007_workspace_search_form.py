from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0006_workspace_fiscal_month")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="search_form",
            field=models.PositiveSmallIntegerField(
                default=0, editable=False, help_text="the form of what search knows of all of its records"
            ),
        ),
    ]
