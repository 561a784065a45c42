from django.db import migrations

from guanxi.platform.tenancy.sealing import SealedJSON, seal_rows


class Migration(migrations.Migration):
    dependencies = [("records", "0019_files_of_imports")]

    operations = [
        migrations.AlterField(
            model_name="importschedule",
            name="sign_in",
            field=SealedJSON(default=dict, sealed=["secret"], secret=["secret"]),
        ),
        migrations.RunPython(seal_rows("records", "ImportSchedule"), migrations.RunPython.noop),
    ]
