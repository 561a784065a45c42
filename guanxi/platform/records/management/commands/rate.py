"""`guanxi rate`: exchange rates from the command line of the server, one by one or from a file."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from guanxi.platform.i18n.models import Rate
from guanxi.platform.identity.actions.workspaces import installer
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.pricing import give_rate, waiting_amounts
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading


class Command(BaseCommand):
    help = "Give and list exchange rates; amounts that waited for one are converted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        give = actions.add_parser("set", help="what one unit is worth in the workspace's currency")
        give.add_argument("currency", help="ISO 4217, for example EUR")
        give.add_argument("rate")
        give.add_argument("--on", type=date.fromisoformat, help="from this day on (default: today)")
        load = actions.add_parser("load", help="many, from a CSV file with the columns date,currency,rate")
        load.add_argument("file", type=Path)
        listing = actions.add_parser("list", help="the rates that are known, and what waits for one")
        for one in (give, load, listing):
            one.add_argument("--workspace", default="", help="its slug; not needed where there is only one")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        with in_workspace(workspace.pk), translation.override(workspace.language):
            if options["action"] == "list":
                with reading():
                    self._list()
                return
            given = 0
            by = installer(workspace.pk)
            try:
                with transaction.atomic():
                    for day, currency, rate in _given(options):
                        give_rate(currency=currency, day=day, rate=rate, by=by)
                        given += 1
            except InvalidValues as problem:
                words = " ".join(str(one) for found in problem.errors.values() for one in found)
                raise CommandError(f"rate {given + 1}: {words} Nothing was saved.") from problem
            self.stdout.write(f"{given} given; the worker converts what waited.")

    def _list(self) -> None:
        for row in Rate.objects.order_by("currency", "date"):
            self.stdout.write(f"{row}  {row.source}".rstrip())
        for one in waiting_amounts():
            self.stdout.write(f"{one.currency}: {one.count} amounts wait for a rate")


def _given(options: dict[str, Any]) -> Iterator[tuple[date, str, str]]:
    if options["action"] == "set":
        yield options["on"] or timezone.localdate(), options["currency"], options["rate"]
        return
    try:
        with options["file"].open(newline="", encoding="utf-8-sig") as source:
            for row in csv.DictReader(source):
                yield date.fromisoformat(row["date"].strip()), row["currency"], row["rate"]
    except (OSError, UnicodeError) as problem:
        raise CommandError(f"{options['file']}: {problem}") from problem
    except (KeyError, ValueError, AttributeError) as problem:
        raise CommandError(f"each row needs date,currency,rate: {problem}") from problem
