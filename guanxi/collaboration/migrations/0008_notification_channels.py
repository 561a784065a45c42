import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.tenancy.fields
from guanxi.platform.tenancy.operations import CreateModels


class Migration(migrations.Migration):
    dependencies = [
        ("collaboration", "0007_visits"),
        ("identity", "0006_visits"),
        ("tenancy", "0004_workspace_shares_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="notificationchoice",
            name="channels",
            field=models.JSONField(
                default=dict, help_text='kind → some of "email", "push", "robot", "urgent"'
            ),
        ),
        migrations.AddField(
            model_name="notificationchoice",
            name="digest",
            field=models.CharField(
                choices=[("", "None"), ("daily", "Daily"), ("weekly", "Weekly")], default="", max_length=6
            ),
        ),
        migrations.AddField(
            model_name="notificationchoice",
            name="digest_day",
            field=models.PositiveSmallIntegerField(default=0, help_text="of the weekly one; 0 is Monday"),
        ),
        migrations.AddField(
            model_name="notificationchoice",
            name="digest_hour",
            field=models.PositiveSmallIntegerField(default=8),
        ),
        migrations.AddField(
            model_name="notificationchoice",
            name="quiet_from",
            field=models.TimeField(null=True),
        ),
        migrations.AddField(
            model_name="notificationchoice",
            name="quiet_until",
            field=models.TimeField(null=True),
        ),
        migrations.AddField(
            model_name="notificationchoice",
            name="robot",
            field=models.CharField(default="", max_length=8),
        ),
        migrations.AddField(
            model_name="notificationchoice",
            name="robot_secret",
            field=models.CharField(default="", max_length=200),
        ),
        migrations.AddField(
            model_name="notificationchoice",
            name="robot_url",
            field=models.CharField(default="", max_length=1000),
        ),
        CreateModels(
            migrations.CreateModel(
                name="Browser",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("endpoint", models.CharField(max_length=1000)),
                    ("key", models.CharField(help_text="p256dh: the browser's public key", max_length=100)),
                    ("auth", models.CharField(max_length=50)),
                    ("name", models.CharField(default="", max_length=300)),
                    ("since", models.DateTimeField(auto_now_add=True)),
                    (
                        "member",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="identity.member",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False,
                            editable=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="tenancy.workspace",
                        ),
                    ),
                ],
                options={
                    "db_table": "collaboration_browser",
                    "abstract": False,
                    "indexes": [
                        models.Index(models.F("workspace"), models.F("member"), name="browser_member")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"), models.F("endpoint"), name="browser_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Sending",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("channel", models.CharField(max_length=5)),
                    ("due_at", models.DateTimeField()),
                    (
                        "member",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="identity.member",
                        ),
                    ),
                    (
                        "notification",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="collaboration.notification",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False,
                            editable=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="tenancy.workspace",
                        ),
                    ),
                ],
                options={
                    "db_table": "collaboration_sending",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"),
                            models.F("member"),
                            models.F("channel"),
                            models.F("due_at"),
                            name="sending_due",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"),
                            models.F("notification"),
                            models.F("channel"),
                            name="sending_once",
                        )
                    ],
                },
            ),
        ),
    ]
