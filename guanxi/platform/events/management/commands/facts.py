"""`guanxi facts`: how the log stands, what is parked; replay and rebuild."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guanxi.platform.events.consuming import CONSUMERS
from guanxi.platform.events.models import ParkedFact
from guanxi.platform.events.replaying import rebuild, replay, retry_parked
from guanxi.platform.events.status import log_status
from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.transactions import reading


class Command(BaseCommand):
    help = "Shows how the log of facts and its consumers stand; replays, rebuilds, retries."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB")
        verbs.add_parser("status", help="how far each consumer is (the default)")
        parked = verbs.add_parser("parked", help="facts on which a consumer failed, with the last error")
        parked.add_argument("consumer", nargs="?")
        again = verbs.add_parser("retry", help="try parked facts again now")
        again.add_argument("consumer", nargs="?")
        for name, text in (
            ("replay", "let a consumer hear facts again, from a position on"),
            ("rebuild", "empty what a consumer has built and let it hear the whole log"),
        ):
            verb = verbs.add_parser(name, help=text)
            verb.add_argument("consumer", choices=sorted(CONSUMERS), metavar="CONSUMER")
            verb.add_argument("--workspace", type=int, help="only in this one (its id)")
            if name == "replay":
                verb.add_argument("--from", type=int, default=0, dest="position", help="position, default 0")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = options["verb"] or "status"
        getattr(self, f"_{verb}")(options)

    def _status(self, options: dict[str, Any]) -> None:
        log = log_status()
        self.stdout.write(f"position {log.position}, {log.unstamped} not yet stamped\n\n")
        self.stdout.write(f"{'consumer':<24}{'behind':>10}{'parked':>10}{'of which wait for you':>24}")
        for one in log.consumers:
            self.stdout.write(f"{one.name:<24}{one.lag:>10}{one.parked:>10}{one.waits:>24}")
            if one.failing:
                last = (one.error.strip().splitlines() or ["?"])[-1]
                self.stdout.write(f"    fails on everything, {one.failing} times: {last}")

    def _parked(self, options: dict[str, Any]) -> None:
        with everywhere("parked facts of all workspaces"), reading():
            wanted = {"consumer": options["consumer"]} if options["consumer"] else {}
            for parked in (
                ParkedFact.objects.filter(**wanted).select_related("fact").order_by("parked_at")[:100]
            ):
                when = f"next try {parked.next_try_at:%F %R}" if parked.next_try_at else "waits for you"
                self.stdout.write(
                    f"{parked.consumer}: {parked.fact} ({parked.fact.record_id}, position"
                    f" {parked.fact.position}) in workspace {parked.workspace_id},"
                    f" tried {parked.attempts} times, {when}\n{parked.error}"
                )

    def _retry(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{retry_parked(options['consumer'])} parked facts are tried again by the worker")

    def _replay(self, options: dict[str, Any]) -> None:
        count = replay(
            options["consumer"], from_position=options["position"], workspace_id=options["workspace"]
        )
        self.stdout.write(f"{options['consumer']} is set back in {count} workspaces; the worker delivers")

    def _rebuild(self, options: dict[str, Any]) -> None:
        try:
            count = rebuild(options["consumer"], workspace_id=options["workspace"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['consumer']} begins anew in {count} workspaces; the worker delivers")
