"""`guanxi export OBJECT FILE`: what a list shows, as CSV or XLSX."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.records.exporting import TooManyRows, export_lines, export_workbook
from guanxi.platform.records.filters import FilterSyntaxError, parse_filter
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.tenancy.context import in_workspace


class Command(BaseCommand):
    help = "Write records into a .csv or .xlsx that `guanxi import` reads back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("object", help="company, contact, deal …")
        parser.add_argument("file", type=Path, help="its ending says which: .csv or .xlsx")
        parser.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        parser.add_argument("--filter", default="", help='as in the address of a list: city = "Hangzhou"')
        parser.add_argument("--columns", default="", metavar="A,B", help="names of fields; default: all")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        with in_workspace(workspace.pk):
            every = registry.objects()
        obj = next((one for one in every if options["object"] in (one.name, one.plural)), None)
        if obj is None:
            raise CommandError(f"there is no “{options['object']}”")
        target: Path = options["file"]
        by = system_actor(workspace.pk, "export")
        try:
            columns = tuple(name for name in options["columns"].split(",") if name)
            query = ListQuery(obj=obj, columns=columns, filter=parse_filter(options["filter"]), sort=obj.sort)
            with in_workspace(workspace.pk), translation.override(workspace.language):
                if target.suffix.lower() == ".xlsx":
                    export_workbook(query, target, by=by)
                    return
                with target.open("w", encoding="utf-8", newline="") as out:
                    out.writelines(export_lines(query, by=by))
        except (FilterSyntaxError, FieldError, TooManyRows, KeyError) as problem:
            raise CommandError(str(problem)) from problem
