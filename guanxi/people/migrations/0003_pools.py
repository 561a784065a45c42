from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0004_how_lists_open"),
        ("people", "0001_squashed_0002_list_indexes"),
        ("tenancy", "0004_workspace_shares_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="company",
            name="owned_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="company",
            name="pool_id",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="company",
            name="pool_reason",
            field=models.CharField(editable=False, max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="company",
            name="pooled_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="company",
            name="pooled_from_id",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="owned_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="pool_id",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="pool_reason",
            field=models.CharField(editable=False, max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="pooled_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="pooled_from_id",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(
                models.F("workspace"),
                models.F("pool_id"),
                models.F("pooled_at"),
                models.F("id"),
                condition=models.Q(("archived_at__isnull", True), ("pool_id__isnull", False)),
                name="company_pool",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                models.F("workspace"),
                models.F("pool_id"),
                models.F("pooled_at"),
                models.F("id"),
                condition=models.Q(("archived_at__isnull", True), ("pool_id__isnull", False)),
                name="contact_pool",
            ),
        ),
    ]
