"""`guanxi map-outline set|write|remove`: what a workspace's maps are drawn on, as a GeoJSON file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from guanxi.platform.identity.actions.workspaces import installer
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.records.outlines.actions import (
    outline_json,
    outline_of_workspace,
    remove_outline,
    set_outline,
)
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading


class Command(BaseCommand):
    help = "Set, write or remove the outline on which maps are drawn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=("set", "write", "remove"))
        parser.add_argument("file", type=Path, nargs="?", help="GeoJSON: a FeatureCollection of polygons")
        parser.add_argument("--source", default="", help="its approval number or licence, told under maps")
        parser.add_argument("--workspace", default="", help="its slug; not needed where there is only one")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        file: Path | None = options["file"]
        if options["do"] != "remove" and file is None:
            raise CommandError("name a file")
        with in_workspace(workspace.pk), translation.override(workspace.language):
            try:
                self._do(options["do"], file or Path(), options["source"], installer(workspace.pk))
            except InvalidValues as problem:
                raise CommandError(
                    " ".join(str(one) for found in problem.errors.values() for one in found)
                ) from problem
            except (NotFound, OSError) as problem:
                raise CommandError(f"there is no such outline or file: {problem}") from problem

    def _do(self, what: str, file: Path, source: str, by: Any) -> None:
        if what == "remove":
            remove_outline(by=by)
            return
        if what == "set":
            row = set_outline(file.read_bytes(), name=file.stem, source=source, by=by)
            self.stdout.write(f"{len(row.shapes)} areas")
            return
        with reading():
            found = outline_of_workspace()
        if found is None:
            raise NotFound("outline")
        with transaction.atomic():
            file.write_bytes(msgspec.json.encode(outline_json(found)["geojson"]))
