"""Any door of a room (metadata/resources.py) from the command line, in the name of a member.

guanxi ask --list
guanxi ask --workspace xishan --by gu@xishan.example list_clashes state=open
guanxi ask --workspace xishan --by gu@xishan.example decide_clash 71 owner=812 note="visits"
guanxi ask --workspace xishan --by gu@xishan.example attach_file object=deal record=42 file=offer.pdf
guanxi ask --workspace xishan --by gu@xishan.example download_attachment 88 --out offer.pdf
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from guanxi.platform.files.storage import StorageFull, TooLarge, path_of
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.identity.models import Member, fold_email
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.resources import (
    RESOURCES,
    Call,
    Door,
    SentFile,
    ToldFile,
    checked,
    checked_asked,
)
from guanxi.platform.tenancy.context import in_workspace


class Command(BaseCommand):
    help = (
        "Ask what the API is asked of clashes, delegations, files of records, pairs of duplicates and the "
        "like, with the rights of a member; the answer is JSON, or a file (--out)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("door", nargs="?", help="what is asked: list_clashes; see --list")
        parser.add_argument("said", nargs="*", help="the id, where it is about one, and name=value …")
        parser.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        parser.add_argument("--by", default="", help="email of the member in whose name it is asked")
        parser.add_argument("--out", type=Path, help="where a file goes that is the answer")
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
            if isinstance(found, ToldFile):
                self.stdout.write(str(_written(found, options["out"])))
                return
        if found is not None:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2, default=str))

    def _answer(self, door: Door, said: Sequence[str], email: str) -> Any:
        key, given = _read(door, said)
        file = _opened(given.pop("file", "")) if door.file else None
        row = Member.objects.filter(user__email=fold_email(email)).first()
        member = working_member(member_id=row.pk) if row is not None else None
        if member is None:
            raise CommandError(f"nobody who works here has the email {email!r}; name one with --by")
        asked = {name: str(value) for name, value in given.items() if name in door.asked}
        sent = {name: value for name, value in given.items() if name not in door.asked}
        try:
            call = Call(actor_for(member), key, checked_asked(door, asked), checked(door, sent), file)
            return door.do(call)
        except NotFound as problem:
            raise CommandError(f"not found: {problem}") from problem
        except Refused as problem:
            raise CommandError(f"refused: {problem}") from problem
        except (InvalidValues, FieldError) as problem:
            raise CommandError(str(problem)) from problem
        except TooLarge as problem:
            raise CommandError("the file is too large; nothing of it was kept") from problem
        except StorageFull as problem:
            raise CommandError("the disk is full; nothing of the file was kept") from problem


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


def _opened(name: str) -> SentFile:
    path = Path(name)
    if not path.is_file():
        raise CommandError(f"file={name}: there is no such file")
    return SentFile(path.name, partial(_pieces, path))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 18):
            yield piece


def _written(found: ToldFile, out: Path | None) -> Path:
    """The file that was answered, under the name that was said; raises CommandError."""
    if out is None:
        raise CommandError(f"say where “{found.name}” goes: --out PATH")
    stored = found.file.preview if found.picture and found.file.preview else found.file
    if stored.is_held or (found.picture and not stored.is_picture):
        raise CommandError("nobody gets it" if stored.is_held else "there is no picture of it")
    shutil.copyfile(path_of(stored), out)
    return out


def _value(schema: Mapping[str, Any], name: str, text: str) -> Any:
    if "enum" in schema or "string" in schema.get("type", "string"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise CommandError(f"{name}: write JSON, as the API takes it ({problem})") from problem


def _takes(door: Door) -> str:
    parts = [" ID"] if "{id}" in door.path else []
    parts += [" file=PATH"] if door.file else []
    for name in (*door.asked, *door.takes):
        parts.append(f" {name}=…" if name in door.needs else f" [{name}=…]")
    return "".join(parts)
