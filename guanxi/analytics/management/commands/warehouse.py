"""`guanxi warehouse`: rebuild the warehouse from the records, and see what is in it."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from guanxi.analytics.warehouse.feeding import digests, rebuild
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading


class Command(BaseCommand):
    help = "Rebuild the warehouse that analyses read, or show what it holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        anew = actions.add_parser("rebuild", help="make all files anew from the records and their facts")
        show = actions.add_parser("show", help="rows and digest of each object, and when it was last fed")
        for one in (anew, show):
            one.add_argument("--workspace", default="", help="its slug; not needed where there is only one")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        with in_workspace(workspace.pk):
            if options["action"] == "rebuild":
                written = rebuild()
                self.stdout.write(f"{sum(written.values())} rows of {len(written)} objects written.")
                return
            with reading():
                for name, (count, summed) in digests().items():
                    self.stdout.write(f"{name:<24} {count:>10}  {summed}")
        fed = Store(workspace.pk).manifest().fed_at
        moment = datetime.fromtimestamp(fed, UTC).isoformat(timespec="seconds") if fed else "never"
        self.stdout.write(f"fed: {moment}")
