"""The mail with which a customer gets a quote."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Workspace
from guanxi.platform.mail.sending import send_mail
from guanxi.sales.quotes.links import link_url
from guanxi.sales.quotes.models import Quote


def mail_quote(quote: Quote, *, to: str, raw: str, note: str, by: Actor) -> None:
    """Queue it, in the language of who sends it; it goes if the transaction commits."""
    workspace = Workspace.objects.get(pk=quote.workspace_id)
    with translation.override(by.language or translation.get_language()):
        words = {
            "firm": workspace.name,
            "name": quote.name,
            "number": quote.number or "",
            "total": format_money(quote.total, quote.currency),
            "until": format_date(quote.valid_until, year=True),
            "link": link_url(raw),
            "who": by.name,
        }
        subject = _("Quotation %(number)s from %(firm)s: %(name)s") % words
        body = _(
            "%(firm)s has made you a quotation: %(name)s, %(total)s, valid until %(until)s.\n\n"
            "Read it, ask about it, accept or decline it here:\n%(link)s\n\n"
            "The link is yours alone. Who has it can answer for you.\n\n%(who)s"
        )
        text = body % words
        send_mail(to=to, subject=subject, body=f"{note.strip()}\n\n{text}" if note.strip() else text)
