"""`guanxi reseal`."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from guanxi.platform.tenancy.sealing import reseal


class Command(BaseCommand):
    help = "After the secret key has changed: write passwords and tokens for other systems under the new one."

    def handle(self, *args: Any, **options: Any) -> None:
        written, left = reseal()
        self.stdout.write(f"{written} written anew under the key that holds now")
        if left:
            self.stdout.write(f"{left} left as they are: none of the keys opens them")
