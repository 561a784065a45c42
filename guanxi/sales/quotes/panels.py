"""What quotes show: how far one is, its sheet, its versions; and the quotes of a deal."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from guanxi.automation.approvals.documents import is_asked
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import reaches
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.panels import Panel, register
from guanxi.sales.lines.editor import edit_lines
from guanxi.sales.lines.objects import DEAL_LINE
from guanxi.sales.quotes.approval import needs_approval, reasons_for_approval
from guanxi.sales.quotes.models import Quote, QuoteLink, QuoteVersion
from guanxi.sales.quotes.objects import QUOTE, QUOTE_LINE, STATUSES
from guanxi.sales.quotes.paper import paper_of
from guanxi.sales.quotes.public import comments_on

SHOWN = 5


def state_of(record: Quote, actor: Actor) -> dict[str, Any]:
    """Where the quote is on its way, who did what, and what can be done now."""
    names = member_names([one for one in (record.submitted_by_id, record.approved_by_id) if one])
    here = _place_of(record)
    may = record.archived_at is None and reaches(QUOTE, record, actor, access="edit")
    reasons = reasons_for_approval(record) if record.status in (*Quote.OPEN, "in_approval") else []
    needed = record.status in Quote.OPEN and needs_approval(record)
    asked = record.status == "in_approval" and record.archived_at is None and is_asked(record, actor)
    verbs = {
        "submit": needed,
        "withdraw": record.status == "in_approval",
        "send": record.status in ("approved", "sent", "viewed")
        or (record.status in Quote.OPEN and not needed),
        "answer": record.status in ("sent", "viewed"),
    }
    steps = (
        (_("Draft"), "square-pen", ""),
        (_("Approval"), "hourglass", _who(names, record.approved_by_id or record.submitted_by_id)),
        (_("Sent"), "send", format_datetime(record.sent_at)),
        (_("Opened"), "eye", format_datetime(record.viewed_at)),
        (_("Answer"), "circle-check", record.answered_by or ""),
    )
    return {
        "steps": [
            {
                "label": label,
                "icon": icon,
                "hint": hint,
                "state": "done" if at < here else "now" if at == here else "",
            }
            for at, (label, icon, hint) in enumerate(steps)
        ],
        "state": next((str(one.label) for one in STATUSES if one.value == record.status), ""),
        "tone": next((one.tone for one in STATUSES if one.value == record.status), ""),
        "reasons": reasons,
        "verbs": {
            name: here_now and may and actor.may("change" if name == "answer" else name, QUOTE.name)
            for name, here_now in verbs.items()
        }
        | dict.fromkeys(("approve", "reject"), asked and actor.may("approve", QUOTE.name)),
        "address": record_url(QUOTE, record.pk),
        "to": _email_of(record),
        "comments": comments_on(record),
        "answered_at": format_datetime(record.answered_at),
    }


def _place_of(record: Quote) -> int:
    order = {
        "in_approval": 1,
        "approved": 2,
        "sent": 3,
        "viewed": 4,
        "accepted": 5,
        "declined": 5,
        "expired": 5,
    }
    return order.get(record.status, 0)


def _who(names: Any, member_id: int | None) -> str:
    found = names.get(member_id) if member_id else None
    return str(found.name) if found else ""


def _email_of(record: Quote) -> str:
    contact: Any = record.contact
    return contact.emails[0]["email"] if contact is not None and contact.emails else ""


def sheet_of(record: Quote, actor: Actor) -> dict[str, Any]:
    """The customer's copy, and who has a link to it."""
    links = QuoteLink.objects.filter(quote_id=record.pk).order_by("-made_at")[:10]
    return {
        "paper": paper_of(record, _paper_language()),
        "pdf_url": f"/quotes/{record.pk}/pdf/",
        "languages": (
            ("zh-hans", "简体"),
            ("zh-hant", "繁體"),
            ("en", "English"),
            ("both", "中文 + English"),
        ),
        "links": [
            {
                "to": one.recipient,
                "when": format_datetime(one.made_at),
                "opens": one.opens,
                "revision": one.revision,
                "over": one.ended_at is not None or one.revision != record.revision,
            }
            for one in links
        ],
    }


def _paper_language() -> str:
    language = translation.get_language() or "en"
    return "both" if language == "zh-hans" else language


def versions_of(record: Quote, actor: Actor) -> dict[str, Any]:
    """What was before, with what differs."""
    rows = QuoteVersion.objects.filter(quote_id=record.pk).order_by("-revision")[:50]
    shown = sees(QUOTE_LINE, ("title", "quantity", "unit_price", "gross"), actor)
    states = {one.value: str(one.label) for one in STATUSES}
    return {
        "versions": [
            {
                "revision": one.revision,
                "state": states.get(one.status, one.status),
                "when": format_datetime(one.kept_at),
                "total": format_money(one.total, one.currency),
                "lines": one.content.get("lines", []) if shown else [],
            }
            for one in rows
        ]
    }


def beside_deal(record: Any, actor: Actor) -> dict[str, Any]:
    """The quotes of a deal, the newest first, and the one step to another."""
    link = Condition(record.object_name, "is", str(record.pk))
    query = ListQuery(
        obj=QUOTE,
        columns=("name", "number", "status", "total"),
        filter=All((link,)),
        sort="-created_at",
        limit=SHOWN,
    )
    tones = {one.value: one for one in STATUSES}
    return {
        "quotes": [
            {
                "title": row.values["number"] or row.values["name"],
                "href": record_url(QUOTE, row.id),
                "state": tones[row.values["status"]],
                "total": format_money(row.values["total"].value, row.values["total"].currency, compact=True)
                if row.values["total"]
                else "",
            }
            for row in list_records(query, by=actor).rows
        ],
        "make_url": f"/deals/{record.pk}/quote/"
        if actor.may("create", QUOTE.name) and record.archived_at is None
        else "",
    }


edit_lines(QUOTE_LINE)
edit_lines(DEAL_LINE, order=40)
register(
    Panel(
        name="state",
        label=_("Progress"),
        objects=("quote",),
        place="head",
        order=5,
        template="sales/quotes/state.html",
        context=state_of,
        visible=lambda record, actor: sees(QUOTE, ("status",), actor),
    )
)
register(
    Panel(
        name="sheet",
        label=_("Customer copy"),
        objects=("quote",),
        place="tab",
        order=10,
        template="sales/quotes/sheet.html",
        context=sheet_of,
        visible=lambda record, actor: (
            sees(QUOTE_LINE, ("title", "quantity", "unit_price", "gross"), actor)
            and sees(QUOTE, ("total", "net", "tax"), actor)
        ),
    )
)
register(
    Panel(
        name="versions",
        label=_("Versions"),
        objects=("quote",),
        place="tab",
        order=20,
        template="sales/quotes/versions.html",
        context=versions_of,
        visible=lambda record, actor: sees(QUOTE, ("total",), actor),
    )
)
register(
    Panel(
        name="quotes",
        label=QUOTE.plural_label,
        objects=("deal",),
        place="side",
        order=15,
        slow=True,
        template="sales/quotes/beside.html",
        context=beside_deal,
        visible=lambda record, actor: (
            actor.may("see", QUOTE.name) and sees(QUOTE, ("deal", "status", "number"), actor)
        ),
    )
)
