"""`guanxi objects write|diff|apply FILE`: a workspace's own objects and fields as a text file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.texts import apply_shape, read_shape, told_wrong, try_shape, write_shape
from guanxi.platform.tenancy.context import in_workspace


class Command(BaseCommand):
    help = "Write own objects and fields into a TOML file, compare them with one, or apply it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=("write", "diff", "apply"))
        parser.add_argument("file", type=Path)
        parser.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        parser.add_argument("--remove", action="store_true", help="archive what the file does not name")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        by = system_actor(workspace.pk, "objects")
        file: Path = options["file"]
        with in_workspace(workspace.pk), transaction.atomic():
            if options["do"] == "write":
                file.write_text(write_shape(by=by), encoding="utf-8")
                return
            do = try_shape if options["do"] == "diff" else apply_shape
            text = ""
            try:
                text = file.read_text(encoding="utf-8")
                steps = do(read_shape(text), by=by, remove=options["remove"])
            except InvalidValues as problem:
                raise CommandError("\n".join(told_wrong(text, problem))) from problem
            except (FieldError, OSError, UnicodeDecodeError) as problem:
                raise CommandError(str(problem)) from problem
        for one in steps:
            self.stdout.write(str(one))
        if not steps:
            self.stdout.write("nothing differs")
