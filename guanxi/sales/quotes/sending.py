"""The mail with which a customer gets a quote."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.automation.email_templates.actions import template_in_use
from guanxi.automation.email_templates.filling import fill
from guanxi.automation.email_templates.uses import MailUse, register_use
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Workspace
from guanxi.platform.mail.sending import send_mail
from guanxi.sales.quotes.links import link_url
from guanxi.sales.quotes.models import Quote

OWN_MAIL = register_use(
    MailUse(
        "quote",
        "send",
        L("Mail with a quote", "发送报价单的邮件", "寄送報價單的郵件"),
        {
            "link": L("Link to the quote", "报价单链接", "報價單連結"),
            "note": L("What was added when it was sent", "发送时附上的话", "寄送時附上的話"),
        },
    )
)


def mail_quote(quote: Quote, *, to: str, raw: str, note: str, by: Actor) -> None:
    """Queue it; it goes if the transaction commits.

    By the workspace's own template, in the language of the contact; without one in that of who sends it.
    """
    template = template_in_use(OWN_MAIL.object, OWN_MAIL.name)
    if template is not None:
        letter = fill(template, quote.pk, by=by, more={"link": link_url(raw), "note": note.strip()})
        text = letter.text if link_url(raw) in letter.text else f"{letter.text}\n\n{link_url(raw)}"
        send_mail(to=to, subject=letter.subject, body=text)
        return
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
