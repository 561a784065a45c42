from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0018_sign_in_for_imports")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="enclosed",
            field=models.JSONField(default=list),
        ),
    ]
