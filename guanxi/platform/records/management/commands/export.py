"""`guanxi export OBJECT FILE`: what a list shows, as CSV, XLSX, JSON, vCard or iCalendar."""

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
from guanxi.platform.records.exporting.formats import FORMATS
from guanxi.platform.records.exporting.tables import TooManyRows, export_workbook
from guanxi.platform.records.filters import FilterSyntaxError, parse_filter
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.tenancy.context import in_workspace


class Command(BaseCommand):
    help = "Write records into a .csv, .xlsx, .json, .vcf or .ics; `guanxi import` reads all but JSON back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("object", help="company, contact, deal …")
        parser.add_argument("file", type=Path, help=f"its ending says which: {', '.join(FORMATS)}")
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
        chosen = FORMATS.get(target.suffix.lower().removeprefix("."))
        if chosen is None or not chosen.offered(obj):
            raise CommandError(f"{obj.plural} can’t be written as “{target.suffix}”: {', '.join(FORMATS)}")
        by = system_actor(workspace.pk, "export")
        try:
            columns = tuple(name for name in options["columns"].split(",") if name)
            query = ListQuery(obj=obj, columns=columns, filter=parse_filter(options["filter"]), sort=obj.sort)
            with in_workspace(workspace.pk), translation.override(workspace.language):
                if chosen.lines is None:
                    export_workbook(query, target, by=by)
                    return
                with target.open("w", encoding="utf-8", newline="") as out:
                    out.writelines(chosen.lines(query, by=by))
        except (FilterSyntaxError, FieldError, TooManyRows, KeyError) as problem:
            raise CommandError(str(problem)) from problem
