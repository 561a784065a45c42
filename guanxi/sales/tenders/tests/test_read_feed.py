"""Feeds are read over a real connection: what they bring comes once, and what is wrong with them is said."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from guanxi.automation.workflows.tests.standin import Standin, standin
from guanxi.collaboration.notifications.models import Notification
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.shaping import add_rule
from guanxi.platform.records.importing import jobs
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.leads.models import Lead
from guanxi.sales.tenders import taking
from guanxi.sales.tenders.actions import convert, fetch_now, ignore, reopen, step_day
from guanxi.sales.tenders.jobs import read_due_feeds
from guanxi.sales.tenders.matching import Wanted, found_words, words_of
from guanxi.sales.tenders.models import Feed, TakenEntry, Tender
from guanxi.sales.tenders.reading import Unreadable, read_entries
from tests.cast import Cast, actor, client_for, give_role

DAY = timezone.localdate() + timedelta(days=40)
RSS = f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>公告</title>
<item><title>海川水務 水質監測設備採購</title><link>https://t.example/1</link><guid>https://t.example/1</guid>
<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate><description>&lt;p&gt;采购人：海川水务集团&lt;/p&gt;
&lt;p&gt;预算金额：120万元&lt;/p&gt;&lt;p&gt;行政区域：上海市&lt;/p&gt;
&lt;p&gt;投标截止时间：{DAY.year}年{DAY.month}月{DAY.day}日 09:30&lt;/p&gt;</description></item>
<item><title>办公桌椅采购</title><link>https://t.example/2</link></item>
<item><title>水质监测维保（已过期）</title><link>https://t.example/3</link>
<description>截止日期：2020-01-02</description></item>
</channel></rss>"""
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><rss version='2.0'><channel><item><title>&j;</title></item></channel></rss>"
)


@pytest.fixture
def other(settings):
    settings.CALLS_ALLOWED = ["127.0.0.1"]
    with standin() as found:
        yield found


def a_feed(cast: Cast, other: Standin, **watch) -> Feed:
    values = {"name": "采购网", "address": f"{other.url}/feed"}
    feed: Feed = create_record(object="feed", values=values, by=actor(cast.admin))
    given = {"name": "水质", "any_words": "水质监测, pump", "not_words": "维修", **watch}
    create_record(object="subscription", values=given, by=actor(cast.rep))
    return feed


def read(other: Standin, feed: Feed, body: str, status: int = 200, **headers) -> Feed:
    other.answer(status, body, **headers)
    taking.read_one(feed.pk)
    feed.refresh_from_db()
    return feed


def test_words_are_found_in_every_script():
    wanted = Wanted(any_words=words_of("水质、Pump"), not_words=words_of("维修"))
    assert found_words(wanted, "水質監測設備") == ["水质"]
    assert found_words(wanted, "PUMPS for a plant") == ["pump"]
    assert found_words(wanted, "trumpump") == found_words(wanted, "水质仪维修") == []
    both = Wanted(all_words=("水质", "监测"), regions=("上海",), least=Decimal(100), most=Decimal(200))
    assert found_words(both, "水质监测", place="上海市", budget=Decimal(150)) == ["水质", "监测"]
    assert found_words(both, "水质监测", place="上海市") != []  # a budget that is not said
    assert found_words(both, "水质监测", place="北京市", budget=Decimal(150)) == []
    assert found_words(both, "水质监测", place="上海市", budget=Decimal(99)) == []
    assert found_words(both, "水质", place="上海市") == []


def test_a_feed_that_is_the_name_of_a_file_opens_none(tmp_path):
    (tmp_path / "inside.xml").write_text(RSS)
    with pytest.raises(Unreadable):
        read_entries(f"<?xml version='1.0'?>{tmp_path}/inside.xml".encode(), currency="CNY")


def test_every_form_says_the_same():
    said = {
        "id": "7",
        "url": "https://t.example/7",
        "title": "Pumps",
        "date_published": "2026-11-02T08:00:00Z",
    }
    more = {"_tender": {"buyer": "Harbour Board", "budget": "USD 1,200,000", "deadline": "2026-12-09"}}
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title><entry><id>7</id><title>Pumps</title>"
        "<link href='https://t.example/7'/><updated>2026-11-02T08:00:00Z</updated><summary>Buyer: Harbour "
        "Board\nBudget: USD 1,200,000\nDeadline: 2026-12-09</summary></entry></feed>"
    )
    table = (
        "编号;标题;链接;发布日期;采购人;预算金额;截止日期\n"
        '7;Pumps;https://t.example/7;2026/11/2;Harbour Board;"USD 1,200,000";2026-12-09\n'
    )
    forms = (json.dumps({"version": "1", "items": [said | more, "x", {}]}), atom, table)
    for body in (*(one.encode() for one in forms), table.encode("gb18030")):
        (found,) = read_entries(body, currency="CNY")
        assert (found.guid, found.title, found.url) == ("7", "Pumps", "https://t.example/7")
        assert (found.published, found.deadline) == (date(2026, 11, 2), date(2026, 12, 9))
        assert (found.buyer, found.budget) == ("Harbour Board", (Decimal(1200000), "USD"))
    gbk = (
        '<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><item><title>水质</title></item>'
    )
    assert read_entries(gbk.encode("gb18030"), currency="CNY")[0].title == "水质"  # broken, and still read
    evil = "<rss version='2.0'><channel><item><title>A</title><link>javascript:alert(1)</link></item>"
    assert read_entries(evil.encode(), currency="CNY")[0].url == ""
    for wrong in (BOMB.encode(), BOMB.encode("utf-16"), b"<html><body>Sign in</body></html>", b"{]", b"",
                  b'{"a": 1}', b"one,two\n1,2\n", b"[" * 90_000, b"\x00\xff\xfe" * 50):  # fmt: skip
        with pytest.raises(Unreadable):
            read_entries(wrong, currency="CNY")


@pytest.mark.django_db
def test_a_tender_becomes_a_lead_with_its_deadline_once(cast: Cast, other: Standin):
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "海川水务集团"}, by=actor(cast.rep))
        feed = a_feed(cast, other)
        assert (read(other, feed, RSS).error, feed.found) == (None, 3)
        tender, lead = Tender.objects.get(), Lead.objects.get()
        assert (tender.buyer, tender.budget, tender.region) == ("海川水务集团", Decimal(1200000), "上海市")
        assert (tender.deadline, tender.status, tender.matched) == (DAY, "converted", "水质监测")
        assert (tender.company_id, tender.lead_id, tender.owner_id) == (company.pk, lead.pk, cast.rep.pk)
        assert (lead.deadline, lead.owner_id, lead.amount) == (DAY, cast.rep.pk, Decimal(1200000))
        assert lead.next_step
        assert timezone.localdate() < lead.next_step_on < DAY
        # Again, in another feed, and after it was archived: it stays the one.
        read(other, feed, RSS)
        archive_record(tender, by=actor(cast.rep))
        values = {"name": "Second", "address": f"{other.url}/second"}
        read(other, create_record(object="feed", values=values, by=actor(cast.admin)), RSS)
        assert (Tender.objects.count(), Lead.objects.count(), TakenEntry.objects.count()) == (1, 1, 2)
        with pytest.raises(NotFound):
            ignore(tender, by=actor(cast.stranger))


@pytest.mark.django_db
def test_no_feed_keeps_out_what_another_brings(cast: Cast, other: Standin):
    with in_workspace(cast.xishan.pk):
        feed = a_feed(cast, other, makes_leads=False)
        values = {"name": "Hostile", "address": f"{other.url}/hostile"}
        hostile = create_record(object="feed", values=values, by=actor(cast.admin))
        # The same address, and another day: too late for who believes it.
        early = RSS.replace(f"{DAY.month}月{DAY.day}日", f"{DAY.month}月1日").replace("办公桌椅", "x")
        read(other, hostile, early.replace(str(DAY.year), str(DAY.year + 1)))
        read(other, feed, RSS)
        assert {(one.feed_id, one.deadline) for one in Tender.objects.filter(name__contains="採購")} == {
            (hostile.pk, date(DAY.year + 1, DAY.month, 1)), (feed.pk, DAY),
        }  # fmt: skip
        # What was taken before entries had a key for each feed is not taken again.
        Tender.objects.all().delete()
        TakenEntry.objects.all().delete()
        entry = read_entries(RSS.encode(), currency="CNY")[0]
        TakenEntry.objects.create(key=taking._before(feed, entry))
        read(other, feed, RSS)
        assert not Tender.objects.filter(name__contains="採購").exists()


@pytest.mark.django_db
def test_everybody_whose_subscription_fits_is_told_and_may_go_on_from_there(cast: Cast, other: Standin):
    with in_workspace(cast.xishan.pk):
        feed = a_feed(cast, other, makes_leads=False)
        for who, name in (
            (cast.stranger, "监测"),
            (cast.stranger, "设备"),
            (cast.below, "桌椅"),
            (cast.rep, "水务"),
        ):
            create_record(object="subscription", values={"name": name}, by=actor(who))
        drain_events()  # who tells of it begins with what happens now
        read(other, feed, RSS)
        tender = Tender.objects.get(owner=cast.rep)
        assert set((tender.matched or "").split(", ")) == {"水质监测", "监测", "设备", "水务"}
        drain_events()
        heard = Notification.objects.filter(object="tender", record_id=tender.pk)
        assert {(one.member_id, one.kind) for one in heard if one.kind != "progress"} == {
            (cast.rep.pk, "assigned"), (cast.stranger.pk, "shared"),
        }  # fmt: skip
        assert heard.filter(member_id=cast.stranger.pk).count() == 1
        done = convert(tender, by=actor(cast.stranger))
        assert done.status == "converted"
        desks = Tender.objects.exclude(pk=tender.pk).get()
        with pytest.raises(NotFound):
            convert(desks, by=actor(cast.stranger))


@pytest.mark.django_db
def test_feeds_are_kept_by_who_has_the_right(cast: Cast, other: Standin):
    said = {"name": "采购网", "address": f"{other.url}/feed"}
    assert client_for(cast.rep).post("/feeds/new/", said).status_code == 403
    assert client_for(cast.manager).post("/feeds/new/", said).status_code == 302
    with in_workspace(cast.xishan.pk):
        feed = Feed.objects.get()
        assert client_for(cast.rep).get(f"/feeds/{feed.pk}/").status_code == 200
        with pytest.raises(Refused):
            change_record(feed, {"hours": 12}, by=actor(cast.rep))
        with pytest.raises(Refused):
            fetch_now(feed, by=actor(cast.rep))
        kept = {"verbs": ["create", "change", "fetch"], "see": "all", "edit": "all"}
        give_role(cast.rep, {"*": {"verbs": ["*"], "see": "team", "edit": "own"}, "feed": kept})
        assert change_record(feed, {"hours": 12}, by=actor(cast.rep)).hours == 12
        fetch_now(feed, by=actor(cast.rep))
    assert client_for(cast.outsider).get(f"/feeds/{feed.pk}/").status_code == 404


@pytest.mark.django_db
def test_tenders_come_in_by_a_table_with_their_words(cast: Cast, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    table = tmp_path / "标讯.csv"
    table.write_text(
        "标讯标题,采购单位,预算金额,公告日期,投标截止,省份,公告链接\n"
        f"水质监测设备采购,海川水务集团,1200000,2026-11-02,{DAY.isoformat()},上海市,https://t.example/1\n"
    )
    with in_workspace(cast.xishan.pk):
        job = begin_import([Incoming(table, table.name, object="tender")], by=actor(cast.manager))
        jobs.work_on(job, jobs.State.RUNNING, run_import, jobs.State.DONE)
        assert job.state == "done", job.error
        tender = Tender.objects.get()
        assert (tender.name, tender.buyer, tender.budget) == (
            "水质监测设备采购",
            "海川水务集团",
            Decimal(1200000),
        )
        assert (tender.deadline, tender.region, tender.url) == (DAY, "上海市", "https://t.example/1")


@pytest.mark.django_db
def test_two_workers_take_an_entry_once(cast: Cast, other: Standin, monkeypatch):
    with in_workspace(cast.xishan.pk):
        feed = a_feed(cast, other)
        entries = read_entries(RSS.encode(), currency="CNY")
        # The other worker comes in after this one has looked which entries were taken.
        keys = taking.keys_of(feed, entries[0])
        watchers = taking._watchers(feed)

        def meanwhile(_feed):
            return watchers

        monkeypatch.setattr(taking, "_watchers", meanwhile)
        TakenEntry.objects.create(key=keys[1])
        watch, rep = watchers[0]
        assert taking._take(feed, entries[0], keys, [taking.Fitting(watch, rep, ["水质"])]) == 0
        assert taking.take_entries(feed, entries) == (0, "")
        assert not Tender.objects.exists()


@pytest.mark.django_db
def test_an_entry_that_a_rule_refuses_does_not_hold_up_the_others(cast: Cast, other: Standin):
    with in_workspace(cast.xishan.pk):
        feed = a_feed(cast, other, any_words="水质")
        formula, said = 'not(contains(name, "维保"))', {"en": "Upkeep is none of ours."}
        add_rule(object="tender", formula=formula, label=said, by=actor(cast.admin))
        found = "title,url\n水质监测设备采购与长期维保服务,https://t.example/8\n水质仪,https://t.example/9\n"
        read(other, feed, found)
        assert [one.name for one in Tender.objects.all()] == ["水质仪"]
        assert "Upkeep is none of ours." in (feed.error or "")


@pytest.mark.django_db
def test_what_is_wrong_with_a_feed_is_said(cast: Cast, other: Standin, settings, monkeypatch):
    with in_workspace(cast.xishan.pk):
        feed = a_feed(cast, other)
        assert "500" in (read(other, feed, "oops", 500).error or "")
        assert (read(other, feed, BOMB).error or "").strip()
        assert read(other, feed, "<html>Sign in</html>").failures == 3
        settings.CALLS_ALLOWED = [other.url.rpartition(":")[0].removeprefix("http://")]
        inside = read(other, feed, "", 302, Location="http://10.0.0.1/feed").error or ""
        assert "10.0.0.1" in inside
        monkeypatch.setattr(taking, "MOST_BYTES", 1000)
        assert read(other, feed, "x" * 5000).error
        monkeypatch.setattr(taking, "MOST_BYTES", 10**6)
        other.hangs = 1.0
        with monkeypatch.context() as short:
            short.setattr(taking, "SECONDS", 0.2)
            assert read(other, feed, RSS).error
        other.hangs = 0
        assert not Tender.objects.exists()
        assert read(other, feed, RSS).error is None
        assert (feed.failures, Tender.objects.count()) == (0, 1)
        verbs = [one.verb for one in facts_of("feed", feed.pk)]
        assert (verbs.count("failed"), verbs.count("recovered")) == (1, 1)


@pytest.mark.django_db
def test_feeds_are_read_by_the_clock(cast: Cast, other: Standin):
    with in_workspace(cast.xishan.pk):
        feed = a_feed(cast, other, makes_leads=False)
        other.answer(200, RSS)
        assert (read_due_feeds.call(), read_due_feeds.call()) == (1, 0)
        assert Job.objects.count() == 1
        with pytest.raises(Refused):
            fetch_now(feed, by=actor(cast.rep))
        run_pending_jobs()
        feed.refresh_from_db()
        assert feed.next_at
        assert feed.next_at > timezone.now() + timedelta(hours=5)
        tender = Tender.objects.get()
        assert (tender.status, Lead.objects.count()) == ("new", 0)
        by = actor(cast.rep)
        reopen(ignore(tender, by=by), by=by)
        done = convert(tender, by=by)
        assert Lead.objects.get().pk == done.lead_id
        with pytest.raises(InvalidValues):
            convert(tender, by=by)
        assert Lead.objects.count() == 1
        named = create_record(object="subscription", values={"name": "泵", "any_words": " , "}, by=by)
        assert named.any_words == "泵"
        with pytest.raises(InvalidValues):
            create_record(
                object="subscription", values={"name": "x", "budget_least": "9", "budget_most": "1"}, by=by
            )
        with pytest.raises(InvalidValues):
            change_record(feed, {"address": "https://me:secret@t.example/feed"}, by=actor(cast.admin))


def test_the_next_step_is_before_the_deadline():
    monday = date(2026, 11, 23)
    assert step_day(None, monday, "CN") == date(2026, 11, 24)
    assert step_day(date(2026, 12, 18), monday, "CN") == date(2026, 12, 11)
    assert step_day(date(2026, 11, 25), monday, "CN") == date(2026, 11, 24)
    assert step_day(monday, monday, "CN") == monday


@pytest.mark.django_db
def test_who_does_not_see_the_company_makes_the_lead_without_it(cast: Cast):
    with in_workspace(cast.xishan.pk):
        firm = create_record(object="company", values={"name": "海川水务"}, by=actor(cast.admin))
        values = {"name": "水质监测", "buyer": "海川水务", "company": firm.pk, "owner": cast.rep.pk}
        tender = create_record(object="tender", values=values, by=actor(cast.admin))
        made = convert(tender, by=actor(cast.rep))
        lead = Lead.objects.get(pk=made.lead_id)
        assert (lead.company_id, lead.company_name) == (None, "海川水务")


EVIL = f"""<?xml version="1.0"?><rss version="2.0"><channel>
<item><title>水质监测 &lt;script&gt;alert("zqxtitle")&lt;/script&gt;</title><link>javascript:alert(1)</link>
<guid>1</guid><description>&lt;img src=x onerror=alert(2)&gt;采购人：&lt;b onclick=x&gt;海川&lt;/b&gt;
截止日期：{DAY.isoformat()}</description></item>
<item><title>水质监测 二</title><link>data:text/html,x</link><guid>1</guid></item></channel></rss>"""


@pytest.mark.django_db
def test_what_a_feed_brings_executes_nowhere(cast: Cast, other: Standin):
    with in_workspace(cast.xishan.pk):
        feed = a_feed(cast, other)
        assert read(other, feed, EVIL).error is None
        tender = Tender.objects.get()  # two entries of one number are one
        assert not tender.url
        lead = Lead.objects.get()
    for page in (f"/tenders/{tender.pk}/", "/tenders/", f"/leads/{lead.pk}/", f"/feeds/{feed.pk}/"):
        shown = client_for(cast.rep).get(page).content.decode()
        for evil in ("<script>alert", "onerror=", "onclick=", "javascript:alert", "data:text/html"):
            assert evil not in shown, (page, evil)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE r SYSTEM "http://10.0.0.1/x.dtd" [<!ENTITY % p SYSTEM "file:///etc/hosts"> %p;]><rss/>',
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item>&x;</item></rss>',
        "<rss" + "<a>" * 200_000,
        "[" * 200_000,
        '{"items": ' + "[" * 100_000,
        "\x00\x01\x02" * 1000,
        '{"items": [{"title": {"deep": 1}}, 7, null]}' + "x",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_that_attacks_brings_nothing(document: str, encoding: str):
    """Entities of its own, also where another encoding hides them; depth without end; no text at all."""
    try:
        found = read_entries(document.encode(encoding), currency="CNY")
    except Unreadable:
        return
    assert found == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/", "file:///etc/passwd",
        "gopher://10.0.0.1/", "http://2130706433/", "http://localhost/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_a_feed_calls_nothing_inside(cast: Cast, settings, address: str):
    settings.CALLS_ALLOWED = []
    with in_workspace(cast.xishan.pk):
        try:
            feed = create_record(
                object="feed", values={"name": "Inside", "address": address}, by=actor(cast.admin)
            )
        except InvalidValues:
            return  # no address of the web at all
        values = {"name": "水质", "any_words": "水质"}
        create_record(object="subscription", values=values, by=actor(cast.rep))
        assert taking.read_one(feed.pk) == 0
        feed.refresh_from_db()
        assert feed.error
