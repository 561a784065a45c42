"""Email templates as text: in the files of shapes (`guanxi objects`, `/api/v1/shape`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.automation.email_templates.actions import (
    add_template,
    archive_template,
    change_template,
    restore_template,
)
from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.layouts import TextPart, register_text_part

PART = "emails"


def templates_as_text() -> dict[str, dict[str, Any]]:
    """{object: {name: {title, used_for, language: {subject, text}}}}; archived ones are left out."""
    found: dict[str, dict[str, Any]] = {}
    for row in EmailTemplate.objects.filter(archived_at=None).order_by("object", "name"):
        values: dict[str, Any] = {"title": row.title}
        if row.used_for:
            values["used_for"] = row.used_for
        found.setdefault(row.object, {})[row.name] = values | row.texts
    return found


def set_template_as_text(object: str, name: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    """One template of a file; None archives it. Raises Refused, and InvalidValues that names the part."""
    row = EmailTemplate.objects.filter(name=name).first()
    if values is None:
        if row is not None:
            archive_template(row.pk, by=by)
        return
    title, use = str(values.get("title") or name), str(values.get("used_for") or "")
    texts = {key: one for key, one in values.items() if key not in ("title", "used_for")}
    if row is None:
        add_template(object=object, name=name, title=title, texts=texts, used_for=use, by=by)
        return
    if row.object != object:
        taken = _("“%(value)s” is taken already.") % {"value": name}
        raise InvalidValues({name: [FieldError("unique", taken)]})
    restore_template(row.pk, by=by)
    change_template(row.pk, title=title, texts=texts, used_for=use, by=by)


register_text_part(TextPart(PART, templates_as_text, set_template_as_text))
