from django.db import migrations

from guanxi.platform.tenancy.sealing import SealedText, seal_rows


class Migration(migrations.Migration):
    dependencies = [("collaboration", "0009_work_reports")]

    operations = [
        migrations.AlterField("notificationchoice", "robot_url", SealedText(default="")),
        migrations.AlterField("notificationchoice", "robot_secret", SealedText(default="")),
        migrations.RunPython(seal_rows("collaboration", "NotificationChoice"), migrations.RunPython.noop),
    ]
