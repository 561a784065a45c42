"""Any door of a room (metadata/resources.py) from the command line, in the name of a member.

guanxi ask --list
guanxi ask --workspace xishan --by gu@xishan.example list_clashes state=open
guanxi ask --workspace xishan --by gu@xishan.example decide_clash 71 owner=812 note="visits"
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.identity.models import Member, fold_email
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.resources import RESOURCES, Call, Door, checked, checked_asked
from guanxi.platform.tenancy.context import in_workspace


class Command(BaseCommand):
    help = (
        "Ask what the API is asked of clashes, delegations, pairs of duplicates, sweeps and the like, "
        "with the rights of a member; the answer is JSON."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("door", nargs="?", help="what is asked: list_clashes; see --list")
        parser.add_argument("said", nargs="*", help="the id, where it is about one, and name=value …")
        parser.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        parser.add_argument("--by", default="", help="email of the member in whose name it is asked")
        parser.add_argument("--list", action="store_true", help="what can be asked, and what each takes")

    def handle(self, *args: Any, **options: Any) -> None:
        doors = {one.name: one for resource in RESOURCES.values() for one in resource.doors}
        if options["list"] or not options["door"]:
            for name, one in sorted(doors.items()):
                self.stdout.write(f"{name}{_takes(one)}: {one.summary}")
            return
        door = doors.get(options["door"])
        if door is None:
            raise CommandError(f"there is no {options['door']!r}; --list says what there is")
        with in_workspace(chosen_workspace(options["workspace"]).pk), transaction.atomic():
            found = self._answer(door, options["said"], options["by"])
        if found is not None:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2, default=str))

    def _answer(self, door: Door, said: Sequence[str], email: str) -> Any:
        key, given = _read(door, said)
        row = Member.objects.filter(user__email=fold_email(email)).first()
        member = working_member(member_id=row.pk) if row is not None else None
        if member is None:
            raise CommandError(f"nobody who works here has the email {email!r}; name one with --by")
        asked = {name: str(value) for name, value in given.items() if name in door.asked}
        sent = {name: value for name, value in given.items() if name not in door.asked}
        try:
            return door.do(Call(actor_for(member), key, checked_asked(door, asked), checked(door, sent)))
        except NotFound as problem:
            raise CommandError(f"not found: {problem}") from problem
        except Refused as problem:
            raise CommandError(f"refused: {problem}") from problem
        except (InvalidValues, FieldError) as problem:
            raise CommandError(str(problem)) from problem


def _read(door: Door, said: Sequence[str]) -> tuple[int, dict[str, Any]]:
    """The id (0 for none), and what is said by name: as text where the door takes text, else as JSON."""
    plain = [one for one in said if "=" not in one]
    wants = "{id}" in door.path
    if len(plain) != wants or not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in plain):
        raise CommandError(f"usage: {door.name}{_takes(door)}")
    given: dict[str, Any] = {}
    for one in said:
        name, sign, text = one.partition("=")
        if sign:
            given[name] = _value(door.takes.get(name, {}), name, text)
    return (int(plain[0]) if plain else 0), given


def _value(schema: Mapping[str, Any], name: str, text: str) -> Any:
    if "enum" in schema or "string" in schema.get("type", "string"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise CommandError(f"{name}: write JSON, as the API takes it ({problem})") from problem


def _takes(door: Door) -> str:
    parts = [" ID"] if "{id}" in door.path else []
    for name in (*door.asked, *door.takes):
        parts.append(f" {name}=…" if name in door.needs else f" [{name}=…]")
    return "".join(parts)
