"""`guanxi import-schedule list|add|change|pause|now|delete`: imports by the clock, without the pages."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.identity.models import Member, fold_email
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.importing import schedules
from guanxi.platform.records.importing.jobs import bring_in
from guanxi.platform.records.importing.models import ImportSchedule
from guanxi.platform.records.importing.pages import find_import
from guanxi.platform.tenancy.context import in_workspace

SECRET = "GUANXI_IMPORT_SECRET"


class Command(BaseCommand):
    help = "Bring in files by the clock: list, add, change, pause, now, delete."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        for name, said in (
            ("list", "show those that there are"),
            ("add", "repeat an import that went well"),
            ("change", "say where it comes from and when; a paused one goes on"),
            ("pause", "stop until it is changed"),
            ("now", "look for new files at once"),
            ("delete", "what it brought in stays"),
        ):
            verb = verbs.add_parser(name, help=said)
            verb.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
            verb.add_argument("--by", required=True, metavar="EMAIL", help="the member whose rights it has")
            if name != "list":
                of = "of the import" if name == "add" else "of the schedule"
                verb.add_argument("id", type=int, help=of)
            if name in ("add", "change"):
                self._add_times(verb, needed=name == "add")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        with in_workspace(workspace.pk), translation.override(workspace.language):
            try:
                self._do(options)
            except InvalidValues as problem:
                words = [one.message for found in problem.errors.values() for one in found]
                raise CommandError(" ".join(words)) from problem
            except (NotFound, Refused) as problem:
                raise CommandError(f"refused: {problem}") from problem

    @staticmethod
    def _add_times(verb: ArgumentParser, *, needed: bool) -> None:
        where = "https://… or orders/*.csv"
        verb.add_argument("--from", dest="address", required=needed, metavar="ADDRESS", help=where)
        verb.add_argument("--every", choices=ImportSchedule.Every.values, required=needed)
        verb.add_argument("--hour", type=int, help="of the workspace's day, 0 to 23")
        verb.add_argument(
            "--sign-in",
            metavar="basic:NAME|bearer|none",
            help=f"how to sign in there; the secret is read from {SECRET} or asked for",
        )

    def _do(self, options: dict[str, Any]) -> None:
        with transaction.atomic():
            by = _member(options["by"])
            if options["verb"] == "list":
                for one in schedules.schedules_of(by):
                    self.stdout.write(_line(one))
                return
            self.stdout.write(_line(self._changed(options, by)))

    def _changed(self, options: dict[str, Any], by: Actor) -> ImportSchedule:
        verb, key = options["verb"], options["id"]
        said = {name: options[name] for name in ("address", "every", "hour") if options.get(name) is not None}
        if options.get("sign_in"):
            said["sign_in"] = _sign_in(options["sign_in"])
        if verb == "add":
            return schedules.schedule_import(find_import(key, by=by), **{"hour": 6, **said}, by=by)
        row = schedules.find_schedule(key, by=by)
        if verb == "change":
            before: dict[str, Any] = {"address": row.address, "every": row.every, "hour": row.hour}
            schedules.change_schedule(row, **before | said, by=by)
        elif verb == "pause":
            schedules.pause_schedule(row, by=by)
        elif verb == "now":
            bring_in.enqueue(schedule_id=row.pk)
        else:
            key = row.pk
            schedules.delete_schedule(row, by=by)
            row.pk = key
        return row


def _member(email: str) -> Actor:
    found = Member.objects.select_related("user", "role", "team", "workspace").filter(
        user__email=fold_email(email), left_at=None
    )
    member = found.first()
    if member is None:
        raise CommandError(f"nobody has the email {email}")
    return actor_for(member)


def _sign_in(text: str) -> schedules.SignIn:
    kind, _colon, name = text.partition(":")
    if kind == "none":
        return schedules.SignIn()
    secret = os.environ.get(SECRET, "")
    if not secret and sys.stdin.isatty():
        secret = getpass.getpass("Password or token: ")
    return schedules.SignIn(kind, name, secret)


def _line(row: ImportSchedule) -> str:
    when = f"every {row.every}" + ("" if row.every == "hour" else f" at {row.hour:02d}:00")
    state = row.error or ("paused" if row.next_at is None else f"next {row.next_at:%Y-%m-%d %H:%M} UTC")
    return f"{row.pk}  {row.name}  {row.address}  {when}  {state}"
