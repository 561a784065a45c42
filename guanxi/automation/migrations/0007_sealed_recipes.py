from django.db import migrations

import guanxi.automation.workflows.models
from guanxi.platform.tenancy.sealing import SealedJSON, SealedText, seal_rows

PARTS = {"sealed": ["headers", "secret", "url"], "secret": ["headers", "secret"]}


class Migration(migrations.Migration):
    dependencies = [("automation", "0006_answers")]

    operations = [
        migrations.AlterField("workflow", "recipe", SealedJSON(default=dict, **PARTS)),
        migrations.AlterField("workflow", "draft", SealedJSON(null=True, **PARTS)),
        migrations.AlterField(
            "workflow",
            "signing_key",
            SealedText(default=guanxi.automation.workflows.models.new_signing_key, editable=False),
        ),
        migrations.AlterField("workflowversion", "recipe", SealedJSON(**PARTS)),
        migrations.RunPython(
            seal_rows("automation", "Workflow", "WorkflowVersion"), migrations.RunPython.noop
        ),
    ]
