"""Mail: what Guanxi itself sends (invitations, password resets, notifications), and letters of members.

It goes through the job queue, so that no page waits for a mail server and a failing one is tried again.
GUANXI_SMTP_URL says where; without it mails are printed.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django_tasks import task


def send_mail(
    *,
    to: str,
    subject: str,
    body: str,
    html: str = "",
    name: str = "",
    attachments: Sequence[tuple[str, str, str]] = (),
    reply_to: str = "",
) -> None:
    """Queue one mail to one address; inside a transaction it goes only if that commits.

    attachments  name, media type and content in Base64 of each; small ones, they wait in the queue

    The subject is one line: line breaks, which would be a way to add headers, become spaces.
    name   of letters, digits and full stops: the mail's Message-ID, so that one which is handed over a second
           time, after a crash, is known for the same
    reply_to  of somebody's own letter: whom an answer goes to; any other mail says that a machine wrote it
    """
    more: dict[str, Any] = {"name": name} if name else {}
    if attachments:
        more["attachments"] = [list(one) for one in attachments]
    if reply_to:
        more["reply_to"] = reply_to
    deliver.enqueue(to=to, subject=" ".join(subject.split()), body=body, html=html, **more)


@task()
def deliver(
    to: str,
    subject: str,
    body: str,
    html: str = "",
    name: str = "",
    attachments: Sequence[Sequence[str]] = (),
    reply_to: str = "",
) -> None:
    """Hand one mail to the mail server; an error lets the queue try again."""
    message = EmailMultiAlternatives(subject=subject, body=body, to=[to])
    if html:
        message.attach_alternative(html, "text/html")
    if name:
        message.extra_headers["Message-ID"] = f"<{name}@{urlsplit(settings.SITE_URL).hostname}>"
    for title, media_type, content in attachments:
        message.attach(title, b64decode(content), media_type)
    # Answers of machines must not come back: RFC 3834.
    if reply_to:
        message.reply_to = [reply_to]
    else:
        message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.send()
