"""Verbs of privacy: hand out a person's data, erase a person."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import facts_of, state_fact
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.storage import path_of
from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import standing_of
from guanxi.platform.metadata.rights import blank, sees, whole
from guanxi.platform.records.access import NotFound, Refused, find_record
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.models import ImportRow
from guanxi.platform.records.privacy.marks import marks_of, pattern_of
from guanxi.platform.records.privacy.models import Erasure
from guanxi.platform.records.privacy.scrubbing import Near, scrub_everywhere, scrub_near
from guanxi.platform.records.sql import run
from guanxi.platform.records.titles import titles_of
from guanxi.platform.records.trash.belongings import (
    forget_record,
    linked_ids,
    links_to,
    needed_by,
    rows_of,
)
from guanxi.platform.records.writing import told
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.transactions import reading


def is_person(obj: Object) -> bool:
    """Whether records of an object are people: they have phones or emails, and no round sign says a firm."""
    return not obj.square and any(one.type in ("phones", "emails") for one in obj.fields)


def may_erase(obj: Object, *, by: Actor) -> bool:
    """Administrators, and roles that name this very verb: "everything" is not enough for it."""
    return (
        is_person(obj)
        and by.member_id is not None
        and (by.administers or "erase" in by.grant(obj.name).verbs)
    )


@transaction.atomic
def ask_erasure(obj: Object, record_id: int, *, typed: str, ground: str, by: Actor) -> Erasure:
    """Write down that a person is to be erased, and give it to a worker; the one that waits, where one does.

    typed    the name as the asker typed it: it must be the record's
    Raises NotFound, Refused and InvalidValues.
    """
    if not may_erase(obj, by=by):
        raise Refused(f"{obj.name}.erase")
    record = find_record(obj, record_id, by=by, lock=True)
    if typed.strip() != str(record).strip() or not typed.strip():
        words = _("Type the name exactly as it stands here.")
        raise InvalidValues({"typed": [FieldError("name", words)]})
    if ground not in Erasure.Ground.values:
        raise InvalidValues({"ground": [FieldError("choice", _("Choose why."))]})
    waiting: Erasure | None = Erasure.objects.filter(
        object=obj.name, record=record.pk, state=Erasure.State.WAITING
    ).first()
    if waiting is not None:
        return waiting
    refuse_needed(obj, record_id)
    erasure = Erasure(
        object=obj.name,
        record=record.pk,
        ground=ground,
        member_id=by.member_id,
        by_name=by.name[:200],
        marks=marks_of(obj, record),
        asked_at=datetime.now(UTC),
    )
    erasure.save(force_insert=True)
    from guanxi.platform.records.privacy.jobs import erase_person

    erase_person.enqueue(erasure_id=erasure.pk)
    return erasure


def refuse_needed(obj: Object, record_id: int) -> None:
    """Raises InvalidValues, which names what can't be without a person."""
    if needing := needed_by(obj, record_id):
        named = comma_list(f"{one.plural_label} {count}" for one, count in needing)
        words = _(
            "These can't be without this person: %(objects)s. Lead them elsewhere or delete them first."
        )
        raise InvalidValues({"record": [FieldError("needed", words % {"objects": named})]})


def erase(erasure_id: int) -> Erasure | None:
    """Do it: texts, files, history, the record. Each step bears to be done again after a crash.

    Nothing is done, and the erasure says so, where since it was asked for something came to link to the
    record that can't be without it.
    """
    with reading():
        erasure = Erasure.objects.filter(pk=erasure_id).first()
        if erasure is None or erasure.state != Erasure.State.WAITING or not registry.has(erasure.object):
            return None
        obj = registry.get(erasure.object)
        near = _near(obj, erasure.record)
        needing = needed_by(obj, erasure.record)
    if needing:
        return _give_up(erasure_id)
    by = system_actor(require_workspace_id(), "privacy")
    counts: Counter[str] = Counter(erasure.counts)
    with transaction.atomic():
        counts.update(_forget_imports(erasure))
        # What is about this person alone (calls, notes) goes with the history that it has.
        for name, record_id in _only_about(obj, erasure.record):
            counts.update(_forgotten(registry.get(name), record_id, by))
        counts.update(_forgotten(obj, erasure.record, by))
    counts.update(scrub_everywhere(erasure.marks.get("texts", [])))
    counts.update(scrub_near(erasure.marks.get("near", []), near))
    _sweep_search()
    return _certify(erasure.pk, counts, _files_that_mention(erasure.marks.get("texts", [])))


def export_person(obj: Object, record_id: int, target: IO[bytes], *, by: Actor) -> None:
    """One zip of all that is kept about a person: `data.json`, the same to read as `page.html`, files.

    Raises NotFound and Refused (it is an export).
    """
    if not by.may("export", obj.name) or not is_person(obj):
        raise Refused(f"{obj.name}.export")
    obj = whole(obj)
    record = find_record(obj, record_id, by=by, access="export")
    if not sees(obj, obj.fields_by_name, by):
        raise Refused(_("Your role hides fields of this record, and what is handed out must be complete."))
    if getattr(record, "pool_id", None) in standing_of(obj, by).veiled:
        raise Refused(_("Its pool veils how they are reached, and what is handed out must be complete."))
    content = _content(obj, record, by)
    files = _files(obj, record)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(content, ensure_ascii=False, indent=2, default=str))
        archive.writestr("page.html", _page(obj, record, content, by))
        for name, stored in files:
            archive.write(path_of(stored), f"files/{name}")


# What is handed out


def _told(obj: Object, record: Any, by: Actor) -> dict[str, Any]:
    return {name: value for name, value in told(obj, record).items() if sees(obj, (name,), by)}


def _content(obj: Object, record: Any, by: Actor) -> dict[str, Any]:
    linked: dict[str, list[dict[str, Any]]] = {}
    for other, one in links_to(obj):
        if not by.may("see", other.name):
            continue
        ids = linked_ids(other, one, obj, record.pk)
        seen = [key for _name, key in titles_of({(other.name, key) for key in ids}, by=by)]
        for row in other.rows().filter(pk__in=seen):
            said = _told(other, blank(row, other, by), by)
            linked.setdefault(other.name, []).append({"id": str(row.pk), **said})
    history = [
        {"at": fact.at.isoformat(), "what": fact.verb, "who": fact.actor_name, "changes": fact.changes}
        for fact in facts_of(obj.name, record.pk)
    ]
    return {
        "object": obj.name,
        "id": str(record.pk),
        "exported_at": datetime.now(UTC).isoformat(),
        "values": told(obj, record),
        "linked": linked,
        "history": history,
    }


def _page(obj: Object, record: Any, content: dict[str, Any], by: Actor) -> str:
    cells = Cells(obj, refs={}, context=field_context(by))
    rows = "".join(
        f"<tr><th>{escape(str(one.label))}</th><td>{escape(cells.words(one, one.get(record)))}</td></tr>"
        for one in obj.fields
        if not one.is_empty(one.get(record)) and one.type not in ("link", "links", "about", "tags")
    )
    linked = "".join(
        f"<h2>{escape(str(registry.get(name).plural_label))}</h2><ul>"
        + "".join(f"<li>{escape(str(one.get(registry.get(name).title) or ''))}</li>" for one in found)
        + "</ul>"
        for name, found in content["linked"].items()
    )
    history = "".join(
        f"<li>{escape(one['at'])} {escape(one['who'])}: {escape(one['what'])}</li>"
        for one in content["history"]
    )
    title = escape(str(record))
    return (
        f'<!doctype html><html lang="{escape(by.language)}"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><table>{rows}</table>{linked}<h2>{escape(_('Changes'))}</h2><ol>{history}</ol></html>"
    )


def _files(obj: Object, record: Any) -> list[tuple[str, StoredFile]]:
    found: list[tuple[str, StoredFile]] = []
    for rows in rows_of(obj, record.pk):
        for one in rows.model._meta.fields:
            if getattr(one, "related_model", None) is not StoredFile:
                continue
            for row in rows.select_related(one.name):
                stored = getattr(row, one.name)
                if stored is not None and path_of(stored).exists():
                    name = Path(str(getattr(row, "name", "") or stored.pk)).name
                    found.append((f"{row.pk}-{name}", stored))
    return found


# What is erased


def _near(obj: Object, record_id: int) -> Near:
    """The record, those that link to it, and what they are of."""
    near: Near = {obj.name: {record_id}}
    for other, one in links_to(obj):
        near.setdefault(other.name, set()).update(linked_ids(other, one, obj, record_id))
    return near


def _only_about(obj: Object, record_id: int) -> list[tuple[str, int]]:
    found = []
    for other, one in links_to(obj):
        if one.type != "about":
            continue
        for row in other.rows().filter(pk__in=linked_ids(other, one, obj, record_id)):
            if [tuple(pair) for pair in one.get(row)] == [(obj.name, record_id)]:
                found.append((other.name, row.pk))
    return found


def _forgotten(obj: Object, record_id: int, by: Actor) -> dict[str, int]:
    counts = {
        rows.model._meta.db_table: count
        for rows in rows_of(obj, record_id, facts=True)
        if (count := rows.count())
    }
    if obj.rows().filter(pk=record_id).exists():
        counts[obj.table] = 1
    if not forget_record(obj, record_id, by=by, facts=True):
        raise Refused(_("Something links to it that can’t be without it."))
    return counts


def _forget_imports(erasure: Erasure) -> dict[str, int]:
    """The files of imports that brought the person, or mention them; they are kept for undo only."""
    pattern = pattern_of([*erasure.marks.get("texts", []), *erasure.marks.get("near", [])])
    brought = set(
        ImportRow.objects.filter(record_id=erasure.record).values_list("file__of_import_id", flat=True)
    )
    gone = 0
    root = Path(settings.DATA_DIR) / "imports" / str(require_workspace_id())
    for path in [one for one in root.rglob("*") if one.is_file()] if root.exists() else []:
        named = str(path.relative_to(root).parts[0])
        if named in {str(one) for one in brought} or _mentions(path, pattern):
            path.unlink(missing_ok=True)
            gone += 1
    return {"files of imports": gone} if gone else {}


def _files_that_mention(texts: list[str]) -> list[str]:
    """Stored files of other records with the person in them: their makers decide about them."""
    pattern = pattern_of(texts)
    with reading():
        stored = list(StoredFile.objects.all())
    return [str(one.pk) for one in stored if path_of(one).exists() and _mentions(path_of(one), pattern)]


def _mentions(path: Path, pattern: Any) -> bool:
    if pattern is None:
        return False
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return any(
                    _said(archive.read(one), pattern) for one in archive.infolist() if one.file_size < MOST
                )
        return path.stat().st_size < MOST and _said(path.read_bytes(), pattern)
    except (OSError, zipfile.BadZipFile, RuntimeError):
        return False


MOST = 200 * 1024 * 1024


def _said(content: bytes, pattern: Any) -> bool:
    return any(pattern.search(content.decode(code, "ignore")) for code in ("utf-8", "gb18030", "utf-16-le"))


def _sweep_search() -> None:
    """SQLite keeps deleted words in its index until it is merged."""
    if connection.vendor == "sqlite":
        with transaction.atomic():
            run("INSERT INTO records_search_words (records_search_words) VALUES ('optimize')")


@transaction.atomic
def _give_up(erasure_id: int) -> Erasure:
    """Nothing was erased; what the person was to be found by is not kept for it."""
    erasure: Erasure = Erasure.objects.get(pk=erasure_id)
    erasure.state, erasure.done_at, erasure.marks = Erasure.State.FAILED, datetime.now(UTC), {}
    erasure.save()
    return erasure


@transaction.atomic
def _certify(erasure_id: int, counts: Counter[str], files: list[str]) -> Erasure:
    erasure: Erasure = Erasure.objects.get(pk=erasure_id)
    erasure.state, erasure.done_at = Erasure.State.DONE, datetime.now(UTC)
    erasure.counts, erasure.files, erasure.marks = dict(sorted(counts.items())), files, {}
    erasure.save()
    state_fact(
        erasure.object,
        "erased",
        erasure.record,
        by=system_actor(require_workspace_id(), "privacy"),
        data={"erasure": str(erasure.pk), "ground": erasure.ground},
    )
    return erasure


def certificate(erasure_id: int, *, by: Actor) -> Erasure:
    """The certificate; for administrators and whoever asked. Raises NotFound."""
    erasure: Erasure | None = Erasure.objects.filter(pk=erasure_id).first()
    if erasure is None or not (by.administers or (by.member_id and erasure.member_id == by.member_id)):
        raise NotFound(f"erasure {erasure_id}")
    return erasure
