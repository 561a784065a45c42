"""`guanxi worker`: run jobs, schedules and the delivery of facts until told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand

from guanxi.platform.jobs import worker


class Command(BaseCommand):
    help = "Runs jobs, schedules and the delivery of facts. Stops in good order on SIGTERM and SIGINT."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: stop.set())
        sys.exit(worker.run(stop))
