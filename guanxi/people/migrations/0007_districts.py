from django.db import migrations, models

from guanxi.platform.records.derived import keep_districts

NAMES = ("company", "contact")


class Migration(migrations.Migration):
    dependencies = [("people", "0006_company_position")]

    operations = [
        *(
            migrations.AddField(name, "district", models.CharField(max_length=200, null=True, blank=True))
            for name in NAMES
        ),
        migrations.RunPython(keep_districts("people", *NAMES), migrations.RunPython.noop),
    ]
