"""Verbs of email templates: for administrators; every member uses them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.automation.email_templates.filling import unknown_holes
from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.email_templates.uses import USES
from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.languages import LANGUAGES
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused

MOST = 300
LONGEST_SUBJECT, LONGEST_TEXT = 300, 20_000
_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,59}$")
Errors = dict[str, list[FieldError]]


@transaction.atomic
def add_template(
    *,
    object: str,
    title: str,
    texts: Mapping[str, Any],
    by: Actor,
    name: str = "",
    used_for: str = "",
) -> EmailTemplate:
    """A new one; raises Refused, and InvalidValues that names what is wrong."""
    _require(by)
    if EmailTemplate.objects.count() >= MOST:
        raise InvalidValues({"title": [FieldError("many", _("These are too many templates."))]})
    values = _checked(object, title, texts, used_for)
    row = EmailTemplate(
        workspace_id=by.workspace_id, name=_free_name(name), object=object, made_by_id=by.member_id, **values
    )
    _free_use(row)
    row.save(force_insert=True)
    _state(row, "created", by)
    return row


@transaction.atomic
def change_template(
    template_id: int,
    *,
    by: Actor,
    title: str | None = None,
    texts: Mapping[str, Any] | None = None,
    used_for: str | None = None,
) -> EmailTemplate:
    """What it says from now on; raises as `add_template` does."""
    _require(by)
    row = _locked(template_id)
    before = {"title": row.title, "used_for": row.used_for, "texts": row.texts}
    after = _checked(
        row.object,
        row.title if title is None else title,
        row.texts if texts is None else texts,
        row.used_for if used_for is None else used_for,
    )
    changes = {one: [before[one], after[one]] for one in after if before[one] != after[one]}
    if not changes:
        return row
    for one, value in after.items():
        setattr(row, one, value)
    _free_use(row)
    row.save()
    _state(row, "changed", by, changes)
    return row


@transaction.atomic
def archive_template(template_id: int, *, by: Actor) -> EmailTemplate:
    """Nobody is offered it any more; a workflow that names it fails at that step and says so."""
    _require(by)
    row = _locked(template_id)
    if row.archived_at is None:
        row.archived_at = datetime.now(UTC)
        row.save()
        _state(row, "archived", by)
    return row


@transaction.atomic
def restore_template(template_id: int, *, by: Actor) -> EmailTemplate:
    """Back; what stands in for the same mail in the meantime keeps that."""
    _require(by)
    row = _locked(template_id)
    if row.archived_at is not None:
        row.archived_at = None
        _free_use(row)
        row.save()
        _state(row, "restored", by)
    return row


def find_template(template_id: int, *, by: Actor) -> EmailTemplate:
    """One of the workspace's, for administrators and for who sees records of its kind; raises NotFound."""
    row: EmailTemplate | None = EmailTemplate.objects.filter(pk=template_id).first()
    if row is None or not may_use(row, by):
        raise NotFound(f"email template {template_id}")
    return row


def may_use(row: EmailTemplate, by: Actor) -> bool:
    """Administrators all; others those that are not archived, of objects that they see."""
    if by.administers:
        return True
    return row.archived_at is None and registry.has(row.object) and by.may("see", row.object)


def templates_for(object: str, *, by: Actor) -> list[EmailTemplate]:
    """Those that can be used on a record of an object, by title."""
    rows = EmailTemplate.objects.filter(object=object, archived_at=None).order_by("title", "pk")
    return [one for one in rows if may_use(one, by)]


def template_named(name: str, object: str) -> EmailTemplate | None:
    """The one that a workflow or a sender names; None where it is gone, archived or of another object."""
    found: EmailTemplate | None = EmailTemplate.objects.filter(
        name=name, object=object, archived_at=None
    ).first()
    return found


def template_in_use(object: str, use: str) -> EmailTemplate | None:
    """The one that stands in for a mail of the product."""
    found: EmailTemplate | None = EmailTemplate.objects.filter(
        object=object, used_for=use, archived_at=None
    ).first()
    return found


def _checked(object: str, title: str, texts: Mapping[str, Any], used_for: str) -> dict[str, Any]:
    errors: Errors = {}
    if not registry.has(object):
        raise InvalidValues({"object": [FieldError("object", _("There is no such kind of record."))]})
    title = " ".join(str(title).split())
    if not 0 < len(title) <= 120:
        errors["title"] = [FieldError("required", _("Give it a name."))]
    if used_for and (object, used_for) not in USES:
        errors["used_for"] = [FieldError("choice", _("There is no such mail."))]
    kept = _texts(object, texts, used_for, errors)
    if errors:
        raise InvalidValues(errors)
    return {"title": title, "used_for": used_for, "texts": kept}


def _texts(object: str, given: Any, used_for: str, errors: Errors) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    if not isinstance(given, Mapping):
        errors["texts"] = [FieldError("texts", _("Texts are given by language."))]
        return kept
    for language, said in given.items():
        if language not in LANGUAGES or not isinstance(said, Mapping) or set(said) - {"subject", "text"}:
            errors[f"texts.{language}"] = [FieldError("texts", _("Texts are given by language."))]
            continue
        subject = " ".join(str(said.get("subject") or "").split())
        text = str(said.get("text") or "").replace("\r\n", "\n").strip()
        if not subject and not text:
            continue
        if not subject or len(subject) > LONGEST_SUBJECT:
            errors[f"texts.{language}.subject"] = [FieldError("required", _("Give it a subject."))]
        if not text or len(text) > LONGEST_TEXT:
            errors[f"texts.{language}.text"] = [FieldError("required", _("Write something first."))]
        for part, said_there in (("subject", subject), ("text", text)):
            if wrong := unknown_holes(object, said_there, used_for):
                words = _("There is no field “%(name)s”.") % {"name": wrong[0]}
                errors[f"texts.{language}.{part}"] = [FieldError("field", words)]
        kept[language] = {"subject": subject, "text": text}
    if not kept and not errors:
        errors["texts"] = [FieldError("required", _("Write it in one language at least."))]
    return kept


def _free_name(name: str) -> str:
    if name and not _NAME.match(name):
        words = _("A name has small letters, digits, - and _.")
        raise InvalidValues({"name": [FieldError("name", words)]})
    taken = set(EmailTemplate.objects.values_list("name", flat=True))
    if name in taken:
        words = _("“%(value)s” is taken already.") % {"value": name}
        raise InvalidValues({"name": [FieldError("unique", words)]})
    return name or next(one for n in range(1, 10_000) if (one := f"email-{n}") not in taken)


def _free_use(row: EmailTemplate) -> None:
    """One template stands in for a mail: the last that says so."""
    if row.used_for and row.archived_at is None:
        others = EmailTemplate.objects.filter(object=row.object, used_for=row.used_for, archived_at=None)
        others.exclude(pk=row.pk).update(used_for="")


def _locked(template_id: int) -> EmailTemplate:
    row: EmailTemplate | None = EmailTemplate.objects.select_for_update().filter(pk=template_id).first()
    if row is None:
        raise NotFound(f"email template {template_id}")
    return row


def _require(by: Actor) -> None:
    if not by.administers:
        raise Refused(_("Only administrators write email templates."))


def _state(row: EmailTemplate, verb: str, by: Actor, changes: Mapping[str, Any] | None = None) -> None:
    state_fact("email_template", verb, row.pk, by=by, title=row.title, changes=changes or {})
