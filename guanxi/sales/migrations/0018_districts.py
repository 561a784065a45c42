from django.db import migrations, models

from guanxi.platform.records.derived import keep_districts

NAMES = ("lead",)


class Migration(migrations.Migration):
    dependencies = [("sales", "0017_pool_rules_by_contract")]

    operations = [
        *(
            migrations.AddField(name, "district", models.CharField(max_length=200, null=True, blank=True))
            for name in NAMES
        ),
        migrations.RunPython(keep_districts("sales", *NAMES), migrations.RunPython.noop),
    ]
