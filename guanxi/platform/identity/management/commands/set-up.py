"""`guanxi set-up`: the link by which an empty installation is set up."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from guanxi.platform.identity.queries import is_set_up
from guanxi.platform.identity.set_up_code import set_up_link
from guanxi.platform.tenancy.transactions import reading


class Command(BaseCommand):
    help = "Print the link by which the first administrator sets up an empty installation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at",
            default="",
            metavar="URL",
            help="the address of Guanxi (default: GUANXI_URL, else where it was served last)",
        )
        parser.add_argument(
            "--if-needed", action="store_true", help="print nothing where it is set up already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with reading():
            done = is_set_up()
        if not done:
            self.stdout.write(f"Set it up here: {set_up_link(options['at'] or _address())}")
        elif not options["if_needed"]:
            self.stdout.write("Guanxi is set up already.")


def _address() -> str:
    """What GUANXI_URL says; without it where `guanxi serve` has answered last, whatever port it was given."""
    served_at = settings.SERVED_AT
    if "GUANXI_URL" not in os.environ and served_at.is_file():
        return str(served_at.read_text(encoding="utf-8").strip())
    return str(settings.SITE_URL)
