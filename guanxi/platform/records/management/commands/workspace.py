"""`guanxi workspace export|restore`: a whole workspace as a file of open formats, and back."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.records.transfer.packing import pack_workspace
from guanxi.platform.records.transfer.unpacking import NotRestored, unpack_workspace


class Command(BaseCommand):
    help = "Takes a whole workspace along as open files (CSV, JSON), or brings one in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        packing = verbs.add_parser("export", help="write everything to a .zip, while others go on working")
        packing.add_argument("file", type=Path)
        packing.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        unpacking = verbs.add_parser("restore", help="bring in such a .zip: all of it, or nothing")
        unpacking.add_argument("file", type=Path)
        unpacking.add_argument("--slug", default="", help="its address here, if the old one is taken")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except (NotRestored, OSError) as problem:
            raise CommandError(str(problem)) from problem

    def _export(self, options: dict[str, Any]) -> None:
        workspace = chosen_workspace(options["workspace"])
        packed = pack_workspace(workspace, options["file"])
        self.stdout.write(
            f"{workspace.name}: {sum(packed.rows.values())} rows of {len(packed.rows)} tables,"
            f" {packed.files} files"
        )
        if packed.missing_files:
            self.stderr.write(
                f"{len(packed.missing_files)} files were not on the disk: manifest.json names them"
            )
        self.stdout.write(f"digest {packed.digest}")

    def _restore(self, options: dict[str, Any]) -> None:
        workspace = unpack_workspace(options["file"], slug=options["slug"])
        self.stdout.write(f"{workspace.name} is here, under {workspace.slug}.")
        self.stdout.write(
            "Who had an account here signs in as before; the others ask for a new password by mail,"
        )
        self.stdout.write("or get one from `guanxi user reset EMAIL`.")
