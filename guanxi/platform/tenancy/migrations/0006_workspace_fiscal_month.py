from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0005_workspace_calendar_version")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="fiscal_month",
            field=models.PositiveSmallIntegerField(
                default=1,
                validators=[MinValueValidator(1), MaxValueValidator(12)],
                help_text="the month in which a fiscal year begins; the year is named for the day it begins on",
            ),
        ),
    ]
