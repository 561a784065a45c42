from django.db import migrations

from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.sealing import SealedJSON

PARTS = {"sealed": ["headers", "secret", "url"], "secret": ["headers", "robot.url", "secret"]}


def take_out_of_logs(known, schema_editor):
    """What runs have written down of robots that failed before they were called, and of calls' headers."""
    with everywhere("logs of all workspaces lose addresses of robots"):
        steps = known.get_model("automation", "RunStep")._base_manager
        for row in steps.filter(kind__in=("robot", "call")).iterator(chunk_size=500):
            secret = {"url", "secret"} if row.kind == "robot" else {"headers"}
            if secret & row.input.keys():
                row.input = {name: one for name, one in row.input.items() if name not in secret}
                row.save(update_fields=["input"])


class Migration(migrations.Migration):
    dependencies = [("automation", "0007_sealed_recipes")]

    operations = [
        migrations.AlterField("workflow", "recipe", SealedJSON(default=dict, **PARTS)),
        migrations.AlterField("workflow", "draft", SealedJSON(null=True, **PARTS)),
        migrations.AlterField("workflowversion", "recipe", SealedJSON(**PARTS)),
        migrations.RunPython(take_out_of_logs, migrations.RunPython.noop),
    ]
