from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collaboration", "0010_sealed_robots")]

    operations = [migrations.AddField("browser", "signed_in_at", models.DateTimeField(null=True))]
