"""`guanxi demo`: a firm to look around in."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand
from django.utils import timezone

from guanxi.config.demo import cast
from guanxi.config.demo.story import make_firm
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.tenancy.models import Workspace


class Command(BaseCommand):
    help = "Make the demo workspace: a firm in three languages with a year behind it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="only where there is no workspace yet")
        parser.add_argument("--slug", default="xishan", help="the workspace's address (default: xishan)")

    def handle(self, *args: Any, **options: Any) -> None:
        exists = Workspace.objects.filter(slug=options["slug"]).exists()
        if options["if_empty"] and Workspace.objects.exists():
            if exists:
                self._say_how_to_sign_in(options["slug"])
            return
        if exists:
            self.stderr.write(f"There is a workspace {options['slug']} already; nothing was made.")
            return
        make_firm(
            today=timezone.localdate(timezone=ZoneInfo("Asia/Shanghai")),
            slug=options["slug"],
        )
        drain_events()
        self._say_how_to_sign_in(options["slug"])

    def _say_how_to_sign_in(self, slug: str) -> None:
        name = Workspace.objects.get(slug=slug).name
        self.stdout.write(f"{name}: sign in as lin@xishan.example, password {cast.PASSWORD}")
        self.stdout.write(
            "also gu@ (administrator), zhou@ (manager), xu@, wong@ (繁體中文), kelvin@ (English)"
        )
