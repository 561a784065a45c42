"""Mail goes through the queue, to whom it was meant for, as one message."""

import pytest
from django.core import mail
from django.db import transaction

from guanxi.config.settings import mail as mail_settings
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.mail.sending import send_mail

pytestmark = pytest.mark.django_db


def test_a_mail_waits_for_the_worker():
    send_mail(to="lin@xishan.example", subject="Hello", body="Text", html="<p>Text</p>")
    assert mail.outbox == []
    run_pending_jobs()
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["lin@xishan.example"], "Hello", "Text")
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_mail_of_a_transaction_that_failed_is_never_sent():
    with transaction.atomic():
        send_mail(to="lin@xishan.example", subject="Hello", body="Text")
        transaction.set_rollback(True)
    run_pending_jobs()
    assert mail.outbox == []


def test_a_name_with_line_breaks_adds_no_header():
    send_mail(to="lin@xishan.example", subject="Ada\r\nBcc: all@xishan.example invites you", body="Text")
    run_pending_jobs()
    assert mail.outbox[0].subject == "Ada Bcc: all@xishan.example invites you"


def test_the_mail_server_comes_from_one_address():
    found = mail_settings("smtps://user%40x:p%3Aw@mail.example")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", 465)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("user@x", "p:w")
    assert (found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (True, False)
    assert mail_settings("smtp+tls://mail.example:2525")["EMAIL_PORT"] == 2525
    assert mail_settings("")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    with pytest.raises(ValueError, match="GUANXI_SMTP_URL"):
        mail_settings("http://mail.example")
