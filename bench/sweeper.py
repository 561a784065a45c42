"""One sweep in a process of its own: `python -m bench.sweeper WORKSPACE`; says what it took, as JSON."""

from __future__ import annotations

import json
import os
import sys
import time

import django


def main(workspace_id: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
    django.setup()
    from django.db import transaction

    from guanxi.platform.metadata import registry
    from guanxi.platform.records.duplicates.models import Sweep
    from guanxi.platform.records.duplicates.sweeping import sweep_records
    from guanxi.platform.tenancy.context import in_workspace

    with in_workspace(workspace_id):
        with transaction.atomic():
            sweep = Sweep(object="contact")
            sweep.save(force_insert=True)
        sweep_records(sweep, registry.get("contact"))
    print(json.dumps({"looked_at": sweep.looked_at, "found": sweep.found, "cpu": time.process_time()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
