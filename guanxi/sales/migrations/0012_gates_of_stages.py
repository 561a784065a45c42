from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0011_forecast_and_commission"),
    ]

    operations = [
        migrations.AddField(
            model_name="stage",
            name="gate",
            field=models.CharField(blank=True, max_length=500, null=True),
        ),
    ]
