"""Any operation of the API from the command line, in the name of a member: the same doors, in this process.

guanxi ask --list contact
guanxi ask --workspace xishan --by gu@xishan.example list_contact filter='city = "杭州"' limit=20
guanxi ask --workspace xishan --by gu@xishan.example create_deal name="WQ-200" company=42 amount="12000 CNY"
guanxi ask --workspace xishan --by gu@xishan.example change_contact 42 If-Match=3 title=采购经理
guanxi ask --workspace xishan --by gu@xishan.example bulk_change_contact --json change.json
guanxi ask --workspace xishan --by gu@xishan.example attach_file object=deal record=42 file=offer.pdf
guanxi ask --workspace xishan --by gu@xishan.example export_contact csv filter="owner = me" --out mine.csv
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from guanxi.api.openapi.building import build_openapi
from guanxi.api.openapi.operations import BYTES, FORM, JSON, Operation, operations_of
from guanxi.platform.i18n.phones import at_home_in
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.identity.models import Member, fold_email
from guanxi.platform.identity.queries import remember_names
from guanxi.platform.identity.zones import zone
from guanxi.platform.tenancy.context import in_workspace, require_workspace_id
from guanxi.platform.tenancy.transactions import reading


@dataclass(slots=True)
class Said:
    """What a command line says: the gaps of the path, what goes after the ?, headers, the body and files."""

    gaps: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)


class Command(BaseCommand):
    help = (
        "Ask whatever the API can be asked of records, fields, views, roles, files, duplicates, approvals "
        "and the like, with the rights of a member; the answer is JSON, or a file (--out)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("operation", nargs="?", help="what is asked: list_contact; see --list")
        parser.add_argument("said", nargs="*", help="the id, where it is about one, and name=value …")
        parser.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        parser.add_argument(
            "--by",
            default="",
            metavar="EMAIL",
            help="email of the member in whose name it is asked; not needed for --list",
        )
        parser.add_argument("--json", help="file with the body, in place of name=value; - for a pipe")
        parser.add_argument("--out", type=Path, help="where a file goes that is the answer")
        parser.add_argument(
            "--list",
            action="store_true",
            help="what can be asked, and what each takes; of a word, if one follows",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with in_workspace(chosen_workspace(options["workspace"]).pk):
            if options["list"] or not options["operation"]:
                self._list(options["operation"] or "")
                return
            if not options["by"]:
                raise CommandError("say in whose name it is asked: --by EMAIL of a member; nothing was asked")
            out: Path | None = options["out"]
            _check_words(options["operation"], options["by"], *options["said"])
            _check_out(out)
            member = _member(options["by"])
            asked = _operations(member).get(options["operation"])
            if asked is None:
                raise CommandError(f"there is no {options['operation']!r}; --list says what there is")
            said = _read(asked, options["said"], options["json"])
            if out is None and not asked.tells_text:
                raise CommandError("the answer is a file: say where it goes, --out PATH")
            with _answered(asked, said, member) as response:
                self._tell(asked, response, out)

    def _list(self, word: str) -> None:
        found = _operations(None)
        for name in sorted(found):
            if word in name:
                self.stdout.write(f"{name}{_takes(found[name])}: {found[name].summary}")

    def _tell(self, asked: Operation, response: HttpResponseBase, out: Path | None) -> None:
        if response.status_code >= 300:
            raise CommandError(_refusal(response))
        if out is not None:
            try:
                with out.open("wb") as target:
                    for piece in response:
                        target.write(piece)
            except OSError as problem:
                raise CommandError(
                    f"--out {out}: {problem.strerror}; what is there may be half of it"
                ) from problem
            self.stdout.write(str(out))
            return
        text = b"".join(response).decode()
        if response.get("Content-Type", "").startswith(JSON):
            self.stdout.write(json.dumps(json.loads(text), ensure_ascii=False, indent=2))
        elif text:
            self.stdout.write(text)


def _check_words(*words: str) -> None:
    """What a terminal sent in another encoding would be neither found nor kept as it is meant."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError as problem:
            raise CommandError(f"{word!a} is not UTF-8; nothing was asked") from problem


def _check_out(out: Path | None) -> None:
    """Before anything is asked: what is done would be done, and its answer lost."""
    if out is None:
        return
    _check_words(str(out))
    if out.is_dir():
        raise CommandError(f"--out {out}: this is a folder, name a file; nothing was asked")
    if not out.parent.is_dir():
        raise CommandError(f"--out {out}: there is no folder {out.parent}; nothing was asked")


def _member(email: str) -> Member:
    with reading():
        row = Member.objects.filter(user__email=fold_email(email)).first()
        member = working_member(member_id=row.pk) if row is not None else None
    if member is None:
        raise CommandError(f"nobody who works here has the email {email}; say whose it is with --by EMAIL")
    return member


def _operations(member: Member | None) -> dict[str, Operation]:
    """What a member can ask; without one, what anybody can."""
    with reading():
        by = actor_for(member) if member else system_actor(require_workspace_id(), "command line")
        return operations_of(build_openapi(server=settings.SITE_URL, by=by))


# What is said


def _read(asked: Operation, words: Sequence[str], body: str | None) -> Said:
    """What the words mean to this operation; raises CommandError for what it does not know."""
    said = Said()
    headers = {one.lower(): one for one in asked.headers}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            said.gaps.append(word)
        elif name in asked.asked:
            said.asked.append((name, text))
        elif name.lower() in headers:
            said.headers[headers[name.lower()]] = _quoted(text)
        elif name in ("file", "files") and asked.sends in (BYTES, FORM, "application/toml"):
            said.files.append(_opened(name, text))
        elif name in asked.takes or asked.sends:
            said.sent[name] = _value(asked.takes.get(name, {}), name, text)
        else:
            raise CommandError(f"{asked.name} takes no {name!r}; usage: {asked.name}{_takes(asked)}")
    if len(said.gaps) != len(asked.gaps):
        raise CommandError(f"usage: {asked.name}{_takes(asked)}")
    unnamed = all(name != "name" for name, _text in said.asked)
    if asked.sends == BYTES and "name" in asked.asked and said.files and unnamed:
        said.asked.append(("name", said.files[0].name))
    if body is not None:
        said.sent = _read_body(body)
    if asked.sends in (BYTES, FORM, "application/toml") and not said.files:
        raise CommandError(f"name the file: usage: {asked.name}{_takes(asked)}")
    return said


def _quoted(version: str) -> str:
    return f'"{version}"' if version.isdecimal() else version


def _opened(name: str, text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise CommandError(f"{name}={text}: there is no such file")
    return path


def _read_body(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except (OSError, ValueError) as problem:
        raise CommandError(f"--json {name}: {problem}") from problem


def _value(schema: Mapping[str, Any], name: str, text: str) -> Any:
    """As text where the operation takes text, or what people write; else as JSON."""
    types = schema.get("type", "")
    if "enum" in schema or "string" in types or (not types and not text.startswith(("[", "{"))):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise CommandError(f"{name}: write JSON, as the API takes it ({problem})") from problem


def _takes(asked: Operation) -> str:
    parts = [f" {one.upper()}" for one in asked.gaps]
    if asked.sends in (BYTES, FORM, "application/toml"):
        parts.append(f" {'files' if 'files' in asked.takes else 'file'}=PATH")
    for name in (*asked.asked, *asked.headers, *asked.takes):
        if name not in ("files", "file", "Idempotency-Key"):
            parts.append(f" {name}=…" if name in asked.needs else f" [{name}=…]")
    return "".join(parts)


# Asking


@contextmanager
def _answered(asked: Operation, said: Said, member: Member) -> Iterator[HttpResponseBase]:
    """The answer of the door, to be read within: in the member's language, zone and transaction."""
    with ExitStack() as stack:
        if connection.vendor == "postgresql" or asked.method != "GET":
            stack.enter_context(transaction.atomic())
        stack.enter_context(remember_names())
        request: Any = stack.enter_context(_request(asked, said))
        actor = actor_for(member)
        request.actor, request.member, request.user = actor, member, member.user
        request.token = request.standing = None
        request.LANGUAGE_CODE = actor.language
        stack.enter_context(translation.override(actor.language))
        stack.enter_context(timezone.override(zone(actor.timezone)))
        stack.enter_context(at_home_in(actor.country))
        try:
            view, args, kwargs = resolve(request.path_info)
        except Resolver404 as problem:
            raise CommandError(f"usage: {asked.name}{_takes(asked)}") from problem
        response = view(request, *args, **kwargs)
        if (file := getattr(response, "file_to_stream", None)) is not None:
            stack.enter_context(closing(file))  # `close` of the response would end the database's connection
        yield response


@contextmanager
def _request(asked: Operation, said: Said) -> Iterator[WSGIRequest]:
    path = asked.path
    for name, text in zip(asked.gaps, said.gaps, strict=True):
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    with _body(asked, said) as (body, size, kind):
        place = urlsplit(settings.SITE_URL)
        headers = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in said.headers.items()}
        yield WSGIRequest(
            {
                "REQUEST_METHOD": asked.method,
                "PATH_INFO": path.encode().decode("latin-1"),
                "QUERY_STRING": urlencode(said.asked),
                "CONTENT_TYPE": kind,
                "CONTENT_LENGTH": str(size),
                "SERVER_NAME": place.hostname or "localhost",
                "SERVER_PORT": str(place.port or 80),
                "wsgi.url_scheme": place.scheme or "http",
                "wsgi.input": body,
                **headers,
            }
        )


@contextmanager
def _body(asked: Operation, said: Said) -> Iterator[tuple[IO[bytes], int, str]]:
    """The body, its length and its media type."""
    if asked.sends == FORM:
        with TemporaryFile() as target:
            kind = _write_form(target, said)
            size = target.tell()
            target.seek(0)
            yield target, size, kind
    elif said.files:
        with said.files[0].open("rb") as file:
            yield file, said.files[0].stat().st_size, asked.sends
    else:
        content = json.dumps(said.sent).encode() if asked.sends or said.sent else b""
        yield BytesIO(content), len(content), JSON if content else ""


def _write_form(target: IO[bytes], said: Said) -> str:
    """The parts of a form, and its media type: values as JSON, files as they are."""
    mark = secrets.token_hex(16)
    for name, value in said.sent.items():
        text = value if isinstance(value, str) else json.dumps(value)
        target.write(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode())
    for path in said.files:
        called = path.name.replace('"', "%22")
        head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{called}"\r\n'
        target.write(f"{head}Content-Type: {BYTES}\r\n\r\n".encode())
        with path.open("rb") as file:
            shutil.copyfileobj(file, target)
        target.write(b"\r\n")
    target.write(f"--{mark}--\r\n".encode())
    return f"{FORM}; boundary={mark}"


def _refusal(response: HttpResponseBase) -> str:
    """What a problem document says, as lines: the code, the words, and each field's."""
    if response.status_code < 400:
        return f"it is elsewhere now: {response.get('Location', '')}"
    try:
        told = json.loads(b"".join(response))
    except ValueError:
        return f"refused with status {response.status_code}"
    lines = [f"{str(told.get('code', '')).replace('_', ' ')}: {told.get('title', '')}"]
    for name, found in (told.get("fields") or {}).items():
        lines += [f"  {name}: {one['title']}" for one in found]
    for name, pair in (told.get("conflicts") or {}).items():
        lines.append(f"  {name}: {json.dumps(pair, ensure_ascii=False)}")
    return "\n".join(lines)
