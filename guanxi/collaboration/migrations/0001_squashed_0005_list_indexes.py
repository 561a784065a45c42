import django.db.models.deletion
from django.db import migrations, models

import guanxi.platform.tenancy.fields
from guanxi.platform.tenancy.operations import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("collaboration", "0001_initial"),
        ("collaboration", "0002_timeline"),
        ("collaboration", "0003_notifications"),
        ("collaboration", "0004_attachments"),
        ("collaboration", "0005_list_indexes"),
    ]

    initial = True

    dependencies = [
        ("files", "0001_initial"),
        ("identity", "0001_initial"),
        ("identity", "0002_density_and_team_names"),
        ("tenancy", "0002_size_and_teams_version"),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name="TimelineEntry",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("object", models.CharField(max_length=63)),
                    ("record_id", models.BigIntegerField()),
                    ("at", models.DateTimeField()),
                    ("source_id", models.BigIntegerField()),
                    ("about", models.CharField(max_length=63)),
                    ("about_id", models.BigIntegerField()),
                    ("kind", models.CharField(max_length=20)),
                    ("verb", models.CharField(default="", max_length=63)),
                    ("direction", models.CharField(default="", max_length=10)),
                    ("incoming", models.SmallIntegerField(default=0)),
                    ("outgoing", models.SmallIntegerField(default=0)),
                    ("actor_id", models.BigIntegerField(null=True)),
                    ("actor_name", models.CharField(default="", max_length=200)),
                    ("title", models.CharField(default="", max_length=300)),
                    ("data", models.JSONField(default=dict)),
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
                    "db_table": "collaboration_timeline",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"),
                            models.F("object"),
                            models.F("record_id"),
                            models.F("at"),
                            models.F("source_id"),
                            name="timeline_page",
                        ),
                        models.Index(models.F("workspace"), models.F("source_id"), name="timeline_source"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"),
                            models.F("object"),
                            models.F("record_id"),
                            models.F("source_id"),
                            name="timeline_once",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Traffic",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("object", models.CharField(max_length=63)),
                    ("record_id", models.BigIntegerField()),
                    ("week", models.DateField(help_text="its Monday")),
                    ("incoming", models.PositiveIntegerField(default=0)),
                    ("outgoing", models.PositiveIntegerField(default=0)),
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
                    "db_table": "collaboration_traffic",
                    "abstract": False,
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"),
                            models.F("object"),
                            models.F("record_id"),
                            models.F("week"),
                            name="traffic_week",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Follow",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("object", models.CharField(max_length=63)),
                    ("record_id", models.BigIntegerField()),
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
                    "db_table": "collaboration_follow",
                    "abstract": False,
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"),
                            models.F("object"),
                            models.F("record_id"),
                            models.F("member"),
                            name="follow_once",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Notification",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("kind", models.CharField(max_length=20)),
                    ("verb", models.CharField(default="", max_length=63)),
                    ("object", models.CharField(max_length=63)),
                    ("record_id", models.BigIntegerField()),
                    ("fact_id", models.BigIntegerField()),
                    ("actor_id", models.BigIntegerField(null=True)),
                    ("actor_name", models.CharField(default="", max_length=200)),
                    ("text", models.CharField(default="", max_length=300)),
                    ("count", models.PositiveIntegerField(default=1)),
                    ("at", models.DateTimeField()),
                    ("read_at", models.DateTimeField(null=True)),
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
                    "db_table": "collaboration_notification",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"),
                            models.F("member"),
                            models.F("at"),
                            models.F("id"),
                            name="notification_list",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("member"),
                            condition=models.Q(("read_at__isnull", True)),
                            name="notification_unread",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"),
                            models.F("member"),
                            models.F("fact_id"),
                            name="notification_once",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="NotificationChoice",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("kinds", models.JSONField(default=dict, help_text="kind → whether it is wanted")),
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
                    "db_table": "collaboration_notification_choice",
                    "abstract": False,
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"), models.F("member"), name="notification_choice_member"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Attachment",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("object", models.CharField(max_length=63)),
                    ("record_id", models.BigIntegerField()),
                    ("name", models.CharField(max_length=255)),
                    ("version", models.PositiveIntegerField(default=1)),
                    ("created_at", models.DateTimeField()),
                    ("created_by_id", models.BigIntegerField(null=True)),
                    ("removed_at", models.DateTimeField(null=True)),
                    ("removed_by_id", models.BigIntegerField(null=True)),
                    (
                        "file",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="files.storedfile",
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
                    "db_table": "collaboration_attachment",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"),
                            models.F("object"),
                            models.F("record_id"),
                            models.F("created_at"),
                            name="attachment_record",
                        ),
                        models.Index(models.F("workspace"), models.F("file"), name="attachment_file"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Activity",
                fields=[
                    ("id", guanxi.platform.tenancy.fields.KeyField(serialize=False)),
                    ("version", models.PositiveIntegerField(default=1, editable=False)),
                    ("source", models.CharField(blank=True, max_length=200, null=True)),
                    ("external_id", models.CharField(blank=True, max_length=200, null=True)),
                    ("tags", models.JSONField(blank=True, default=list)),
                    ("custom", models.JSONField(blank=True, default=dict)),
                    ("sort_key", models.CharField(default="", editable=False, max_length=200)),
                    ("created_at", models.DateTimeField(editable=False)),
                    ("updated_at", models.DateTimeField(editable=False)),
                    ("created_by_id", models.BigIntegerField(editable=False, null=True)),
                    ("updated_by_id", models.BigIntegerField(editable=False, null=True)),
                    ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ("subject", models.CharField(max_length=300)),
                    ("kind", models.CharField(default="note", max_length=20)),
                    ("direction", models.CharField(default="none", max_length=10)),
                    ("body", models.TextField(blank=True, null=True)),
                    ("about", models.JSONField(default=list)),
                    ("starts_at", models.DateTimeField(blank=True, null=True)),
                    ("ends_at", models.DateTimeField(blank=True, null=True)),
                    ("due_at", models.DateTimeField(blank=True, null=True)),
                    ("remind_at", models.DateTimeField(blank=True, null=True)),
                    ("done_at", models.DateTimeField(blank=True, null=True)),
                    ("minutes", models.PositiveIntegerField(blank=True, null=True)),
                    ("outcome", models.CharField(blank=True, max_length=20, null=True)),
                    ("place", models.CharField(blank=True, max_length=300, null=True)),
                    (
                        "owner",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.member",
                        ),
                    ),
                    (
                        "team",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="identity.team",
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
                    ("reminded_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ],
                options={
                    "db_table": "collaboration_activity",
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            models.F("workspace"),
                            models.F("owner"),
                            models.F("due_at"),
                            condition=models.Q(("archived_at__isnull", True), ("done_at__isnull", True)),
                            name="activity_open",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("remind_at"),
                            condition=models.Q(("archived_at__isnull", True), ("done_at__isnull", True)),
                            name="activity_remind",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("owner"),
                            models.F("id"),
                            models.F("team"),
                            condition=models.Q(("archived_at__isnull", True)),
                            name="activity_owner",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("team"),
                            models.F("id"),
                            models.F("owner"),
                            condition=models.Q(("archived_at__isnull", True)),
                            name="activity_team",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("sort_key"),
                            models.F("id"),
                            models.F("owner"),
                            models.F("team"),
                            name="activity_sort_key",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("created_at"),
                            models.F("id"),
                            models.F("owner"),
                            models.F("team"),
                            condition=models.Q(("archived_at__isnull", True)),
                            name="activity_created_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("updated_at"),
                            models.F("id"),
                            models.F("owner"),
                            models.F("team"),
                            condition=models.Q(("archived_at__isnull", True)),
                            name="activity_updated_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("kind"),
                            models.F("id"),
                            models.F("owner"),
                            models.F("team"),
                            condition=models.Q(("archived_at__isnull", True)),
                            name="activity_kind",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("starts_at"),
                            models.F("id"),
                            models.F("owner"),
                            models.F("team"),
                            condition=models.Q(("archived_at__isnull", True)),
                            name="activity_starts_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("due_at"),
                            models.F("id"),
                            models.F("owner"),
                            models.F("team"),
                            condition=models.Q(("archived_at__isnull", True)),
                            name="activity_due_at",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.F("done_at"),
                            models.F("id"),
                            models.F("owner"),
                            models.F("team"),
                            condition=models.Q(("archived_at__isnull", True)),
                            name="activity_done_at",
                        ),
                    ],
                },
            ),
        ),
    ]
