"""Working hours: whose hold, on which days, where somebody lives, and who may say them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.holidays import add_working_days, is_working_day, next_working_day
from guanxi.platform.i18n.own_days import set_own_day
from guanxi.platform.identity.actions.delegations import delegate, end_delegation
from guanxi.platform.identity.actions.hours import read_spans, read_week, set_hours
from guanxi.platform.identity.hours import at_work, hours_of, hours_words, is_away, spans_on
from guanxi.platform.identity.models import Member, WorkingHours
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

SIX_DAYS = (*[(("09:00", "12:00"), ("13:00", "18:00"))] * 5, (("09:00", "12:00"),), ())
EARLY = (*[(("07:00", "15:00"),)] * 5, (), ())
NIGHTS = (*[(("22:00", "24:00"),)] * 5, (), ())
TYPED = {f"day-{day}": "8-12, 13:00-17:30" if day < 6 else "" for day in range(1, 8)}


@pytest.fixture
def firm(cast):
    with in_workspace(cast.xishan.pk):
        yield cast


def fresh(member):
    return Member.objects.select_related("user", "workspace", "role").get(pk=member.pk)


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_the_nearest_that_says_something_holds(firm):
    by = actor(firm.admin)
    assert (hours_of(firm.below).whose, hours_of(firm.below).week[4:]) == (
        "",
        ((("09:00", "18:00"),), (), ()),
    )
    set_hours(whose=firm.xishan, week=SIX_DAYS, by=by)
    assert (hours_of(firm.below).whose, hours_of(firm.below).week) == ("workspace", SIX_DAYS)
    set_hours(whose=firm.south, week=EARLY, by=by)
    assert hours_of(firm.below).owner_id == firm.south.pk  # a team above theirs
    assert hours_of(firm.stranger).week == SIX_DAYS
    set_hours(whose=firm.shenzhen, week=NIGHTS, by=by)
    assert (hours_of(firm.below).week, hours_of(firm.rep).week) == (NIGHTS, EARLY)
    assert "Shenzhen" in hours_words(hours_of(firm.below))
    set_hours(whose=firm.below, week=SIX_DAYS, by=actor(firm.below))
    assert (hours_of(firm.below).whose, hours_of(firm.below).week) == ("member", SIX_DAYS)
    for whose in (firm.below, firm.shenzhen, firm.south, firm.xishan):
        set_hours(whose=whose, week=None, by=by)
    assert hours_of(firm.below).whose == ""
    assert not WorkingHours.objects.exists()
    told = Fact.objects.filter(object="team", record_id=firm.south.pk, verb="changed").order_by("id")
    assert [list(one.changes) for one in told] == [["hours"], ["hours"]]


def test_the_firms_week_is_its_working_days(firm):
    saturday = date(2026, 11, 28)
    assert not is_working_day(saturday, "CN")
    set_hours(whose=firm.xishan, week=SIX_DAYS, by=actor(firm.admin))
    assert is_working_day(saturday, "CN")
    assert not is_working_day(date(2026, 11, 29), "CN")
    assert next_working_day(saturday, "CN") == saturday
    assert add_working_days(date(2026, 11, 27), 2, "CN") == date(2026, 11, 30)
    assert not is_working_day(date(2026, 10, 3), "CN")  # a Saturday among the holidays
    set_own_day(saturday, working=False, name="Outing")
    assert not is_working_day(saturday, "CN")
    set_hours(whose=firm.stranger, week=EARLY, by=actor(firm.stranger))  # a member's week is not the firm's
    assert is_working_day(date(2026, 12, 5), "CN")
    with in_workspace(firm.marlin.pk):
        assert not is_working_day(saturday, "CN")


def test_hours_begin_and_end_where_somebody_lives(firm):
    shanghai, rep = at("2026-11-23T01:00"), fresh(firm.rep)  # Monday, nine there
    assert at_work(rep, shanghai)
    assert not at_work(rep, shanghai - timedelta(seconds=1))
    assert at_work(rep, at("2026-11-23T09:59:59"))
    assert not at_work(rep, at("2026-11-23T10:00"))
    rep.user.timezone = "America/Los_Angeles"
    assert not at_work(rep, shanghai)  # Sunday evening there
    assert at_work(rep, at("2026-11-23T17:00"))  # nine there
    assert at_work(rep, at("2026-06-01T16:00"))  # nine in summer
    rep.user.timezone = "Nowhere/At_All"
    assert at_work(rep, at("2026-11-23T09:00"))  # a zone that this machine does not know is read as UTC
    set_hours(whose=firm.rep, week=NIGHTS, by=actor(firm.rep))
    rep.user.timezone = "Asia/Shanghai"
    assert at_work(rep, at("2026-11-23T15:59:59"))
    assert not at_work(rep, at("2026-11-23T16:00"))  # midnight


def test_holidays_are_free_and_made_up_days_are_worked(firm):
    rep, made_up = fresh(firm.rep), date(2026, 10, 10)  # a Saturday that China works
    set_hours(whose=firm.rep, week=EARLY, by=actor(firm.rep))
    assert spans_on(made_up, EARLY, "CN") == EARLY[0]
    assert at_work(rep, at("2026-10-09T23:00"))  # seven there, on the tenth
    assert not at_work(rep, at("2026-10-01T03:00"))  # the national day
    assert spans_on(date(2026, 11, 28), EARLY, "CN") == ()
    assert spans_on(date(2026, 11, 28), SIX_DAYS, "CN") == SIX_DAYS[5]
    part = ((), (("09:00", "12:00"),), (), (), (), (), ())
    set_own_day(date(2026, 11, 25), working=True)
    assert spans_on(date(2026, 11, 25), part, "CN") == ()  # an ordinary Wednesday of who works on Tuesdays
    set_own_day(date(2026, 11, 24), working=False)
    assert spans_on(date(2026, 11, 24), part, "CN") == ()


def test_who_is_stood_in_for_is_away(firm):
    now = datetime.now(UTC)
    made = delegate(
        member=firm.rep, to=firm.manager, starts_at=now, ends_at=now + timedelta(days=2), by=actor(firm.rep)
    )
    assert is_away(firm.rep, now + timedelta(hours=1))
    assert not is_away(firm.manager, now + timedelta(hours=1))
    assert not is_away(firm.rep, now + timedelta(days=2))
    end_delegation(delegation=made, by=actor(firm.rep))
    assert not is_away(firm.rep, now + timedelta(hours=1))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ()),
        ("9-12, 13:00\uff5e18:00", (("09:00", "12:00"), ("13:00", "18:00"))),
        ("9\uff1a00至12\uff1a30、14到18", (("09:00", "12:30"), ("14:00", "18:00"))),
        ("00:00–24:00", (("00:00", "24:00"),)),
    ],
)
def test_times_are_read_as_people_write_them(typed, kept):
    assert read_spans(typed) == kept


@pytest.mark.parametrize(
    "typed", ["18-9", "9-9", "9-12, 11-18", "9-24:01", "9-12:75", "x", "9", "25-26", "9-12 x"]
)
def test_what_is_no_time_is_refused_with_its_day(typed):
    with pytest.raises(ValidationError) as problem:
        read_week(["9-18", typed, "", "", "", "", ""])
    assert list(problem.value.message_dict) == ["day-2"]


def test_a_week_has_a_working_hour(firm):
    with pytest.raises(ValidationError):
        set_hours(whose=firm.xishan, week=read_week([""] * 7), by=actor(firm.admin))
    assert is_working_day(date(2026, 11, 23), "CN")


def test_who_may_say_whose_hours(firm):
    for by, whose in (
        (firm.rep, firm.xishan),
        (firm.manager, firm.south),
        (firm.rep, firm.stranger),
        (firm.stranger, firm.rep),
        (firm.outsider, firm.rep),
        (firm.outsider, firm.south),
        (firm.outsider, firm.xishan),
    ):
        with pytest.raises(PermissionDenied):
            set_hours(whose=whose, week=EARLY, by=actor(by))
    assert not WorkingHours.objects.exists()


def test_the_doors(cast):
    admin, rep = client_for(cast.admin), client_for(cast.rep)
    places = {
        "/settings/working-days/hours/": "/settings/working-days/",
        f"/settings/teams/{cast.south.pk}/hours/": f"/settings/teams/{cast.south.pk}/",
        f"/settings/members/{cast.rep.pk}/hours/": f"/settings/members/{cast.rep.pk}/",
        "/settings/profile/hours/": "/settings/profile/",
    }
    for address, back in places.items():
        assert admin.get(address).status_code == 200
        wrong = admin.post(address, TYPED | {"day-3": "nine"})
        assert wrong.status_code == 422
        assert "nine" in wrong.content.decode()
        assert admin.post(address, {}).status_code == 422  # no hour at all
        assert admin.post(address, TYPED)["Location"] == back
        assert "08:00–12:00、13:00–17:30" in admin.get(back).content.decode()
    with in_workspace(cast.xishan.pk):
        assert WorkingHours.objects.count() == 4
    for address in list(places)[1:]:
        assert admin.post(address, {"do": "follow"}).status_code == 303
    with in_workspace(cast.xishan.pk):
        assert [one.team_id or one.member_id for one in WorkingHours.objects.all()] == [None]
    assert rep.post("/settings/profile/hours/", TYPED).status_code == 303
    with in_workspace(cast.xishan.pk):
        assert hours_of(fresh(cast.rep)).whose == "member"
    for member, team, other in ((cast.rep, 403, 403), (cast.stranger, 403, 403), (cast.outsider, 404, 404)):
        client = client_for(member)
        for method in (client.get, client.post):
            assert method(f"/settings/teams/{cast.south.pk}/hours/", TYPED).status_code == team
            assert method(f"/settings/members/{cast.admin.pk}/hours/", TYPED).status_code == other
    assert rep.post("/settings/working-days/hours/", TYPED).status_code == 403
