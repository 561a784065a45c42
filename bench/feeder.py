"""What a worker does for the warehouse alone: `python -m bench.feeder`, until it is stopped.

Says after each batch how far it is: the position that was reached, and when (seconds since 1970).
"""

from __future__ import annotations

import os
import time


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
    import django

    django.setup()

    from guanxi.analytics.warehouse.freshness import CONSUMER
    from guanxi.config.settling import settle
    from guanxi.platform.events.consuming import CONSUMERS
    from guanxi.platform.events.delivery import deliver_once
    from guanxi.platform.events.models import Cursor
    from guanxi.platform.events.relay import run_relay_once
    from guanxi.platform.tenancy.context import everywhere
    from guanxi.platform.tenancy.transactions import reading

    settle()
    for name in [one for one in CONSUMERS if one != CONSUMER]:
        del CONSUMERS[name]
    while True:
        if not run_relay_once() + deliver_once():
            time.sleep(0.2)
            continue
        now = time.time()
        with everywhere("how far the feeder is"), reading():
            at = Cursor.objects.order_by("-position").values_list("position", flat=True).first()
        print(at or 0, now, flush=True)


if __name__ == "__main__":
    main()
