"""`guanxi doctor`: is everything around the product as it has to be?"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management import BaseCommand

from guanxi.config.doctor import examine


class Command(BaseCommand):
    help = (
        "Look at the database, its locks, the disk and the build; one line each, exit code 1 if one is wrong."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for finding in examine():
            wrong += not finding.right
            self.stdout.write(f"{'ok   ' if finding.right else 'WRONG'}  {finding.what}: {finding.text}")
        if wrong:
            sys.exit(1)
