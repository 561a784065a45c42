"""Email templates over the API: read and tried by who may use them, written by administrators."""

from __future__ import annotations

from typing import Any

from guanxi.automation.email_templates.actions import (
    add_template,
    archive_template,
    change_template,
    find_template,
    may_use,
    restore_template,
)
from guanxi.automation.email_templates.filling import fill
from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.platform.i18n.languages import LANGUAGES
from guanxi.platform.metadata.resources import (
    KEY,
    MOMENT,
    TEXT,
    Call,
    Door,
    Resource,
    many_of,
    offer,
    one_of,
)


def _list(call: Call) -> dict[str, Any]:
    rows = EmailTemplate.objects.order_by("object", "title", "pk")
    if name := call.asked.get("object"):
        rows = rows.filter(object=name)
    return {"data": [_template(one) for one in rows if may_use(one, call.by)], "next": None}


def _read(call: Call) -> dict[str, Any]:
    return _template(find_template(call.id, by=call.by))


def _add(call: Call) -> dict[str, Any]:
    given = {name: call.sent[name] for name in ("name", "used_for") if name in call.sent}
    return _template(
        add_template(
            object=call.sent["object"],
            title=call.sent["title"],
            texts=call.sent["texts"],
            by=call.by,
            **given,
        )
    )


def _change(call: Call) -> dict[str, Any]:
    find_template(call.id, by=call.by)
    given = {name: call.sent[name] for name in ("title", "texts", "used_for") if name in call.sent}
    return _template(change_template(call.id, by=call.by, **given))


def _archive(call: Call) -> dict[str, Any]:
    find_template(call.id, by=call.by)
    return _template(archive_template(call.id, by=call.by))


def _restore(call: Call) -> dict[str, Any]:
    find_template(call.id, by=call.by)
    return _template(restore_template(call.id, by=call.by))


def _preview(call: Call) -> dict[str, Any]:
    """For a record that the caller sees."""
    row = find_template(call.id, by=call.by)
    language = call.asked.get("language", "")
    found = fill(row, call.key("record"), by=call.by, language=language if language in LANGUAGES else "")
    return {"subject": found.subject, "text": found.text, "language": found.language}


def _template(row: EmailTemplate) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "title": row.title,
        "object": row.object,
        "used_for": row.used_for,
        "texts": row.texts,
        "archived_at": row.archived_at.isoformat() if row.archived_at else None,
    }


_TEXTS = {
    "type": "object",
    "description": "by language (en, zh-hans, zh-hant): {subject, text}; fields in braces are filled in",
}
_USE = {**TEXT, "description": "the product's own mail that it stands in for: “send” of a quote"}
_TEMPLATE = one_of(
    {
        "id": TEXT, "name": TEXT, "title": TEXT, "object": TEXT, "used_for": _USE, "texts": _TEXTS,
        "archived_at": MOMENT,
    }
)  # fmt: skip
_LETTER = one_of({"subject": TEXT, "text": TEXT, "language": TEXT})

offer(
    Resource(
        "email-templates",
        "mails that are written once and sent often: by workflows, with quotes, from a record's page",
        (
            Door(
                "GET", "", "list_email_templates", "those that the caller may use", _list,
                many_of(_TEMPLATE), asked={"object": TEXT},
            ),
            Door("GET", "{id}", "read_email_template", "one", _read, _TEMPLATE),
            Door(
                "GET", "{id}/preview", "preview_email_template", "filled in for a record", _preview, _LETTER,
                asked={"record": KEY, "language": {"enum": list(LANGUAGES)}},
            ),
            Door(
                "POST", "", "add_email_template", "a new one, for administrators", _add, _TEMPLATE,
                takes={"object": TEXT, "title": TEXT, "texts": _TEXTS, "name": TEXT, "used_for": _USE},
                needs=("object", "title", "texts"), status=201,
            ),
            Door(
                "PATCH", "{id}", "change_email_template", "for administrators", _change, _TEMPLATE,
                takes={"title": TEXT, "texts": _TEXTS, "used_for": _USE},
            ),
            Door("POST", "{id}/archiving", "archive_email_template", "out of use", _archive, _TEMPLATE),
            Door("POST", "{id}/restoration", "restore_email_template", "back", _restore, _TEMPLATE),
        ),
    )
)  # fmt: skip
