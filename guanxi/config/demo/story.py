"""What happened in a year: records and facts with the moments they would have had."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation

from guanxi.collaboration.notifications.consumers import notify
from guanxi.config.demo import cast, words
from guanxi.config.demo.delivery import add_delivery
from guanxi.config.demo.leads import add_leads
from guanxi.config.demo.letters import add_letters
from guanxi.config.demo.orders import make_orders
from guanxi.config.demo.performance import add_performance
from guanxi.config.demo.quotes import add_quotes
from guanxi.config.demo.visits import add_visits
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.facts import Draft, state_facts
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.divisions import completed
from guanxi.platform.i18n.holidays import is_working_day
from guanxi.platform.i18n.rates import set_rate
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actions.members import add_member
from guanxi.platform.identity.actions.teams import add_team, set_head
from guanxi.platform.identity.actions.users import create_user
from guanxi.platform.identity.actions.workspaces import found_workspace, installer
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Role, Team, User, Workspace
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.models import Tag
from guanxi.platform.records.writing import change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal, Pipeline, Stage

SEED = 20260106
DAYS = 365
CURRENCIES = {"zh-hans": "CNY", "zh-hant": "HKD", "en": "SGD"}
PIPELINES = (("仪器销售", "zh-hans"), ("Overseas", "en"), ("港台銷售", "zh-hant"))
ONE_IN_BASE = {"CNY": Decimal(1), "HKD": Decimal("0.92"), "SGD": Decimal("5.4")}


@dataclass
class Story:
    """What has been made so far, and the dice."""

    today: date
    workspace: Workspace
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))
    members: dict[str, Member] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    rows: dict[tuple[str, str], list[tuple[dict[str, Any], datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def at(self, days_ago: float, owner: str) -> datetime:
        """A moment in working hours about so many days ago, never on a free day and never ahead of now."""
        day = self.today - timedelta(days=int(days_ago))
        while not is_working_day(day, "CN"):
            day -= timedelta(days=1)
        zone = ZoneInfo(self.members[owner].user.timezone or self.workspace.timezone)
        moment = datetime.combine(day, time(9 + self.dice.randrange(9), self.dice.randrange(60)), zone)
        return min(moment.astimezone(UTC), datetime.now(UTC) - timedelta(minutes=5))

    def add(self, object: str, owner: str, values: dict[str, Any], made: datetime) -> None:
        """Remember a row; `write` makes them all."""
        self.rows[object, owner].append((values, made))

    def write(self, object: str) -> list[Any]:
        """Make the remembered rows of an object, each by its owner; returns the records."""
        made: list[Any] = []
        for (name, owner), rows in list(self.rows.items()):
            if name == object:
                rows.sort(key=lambda row: row[1])
                made += create_records(
                    object=object,
                    rows=[values for values, _moment in rows],
                    by=self.actors[owner],
                    made=[moment for _values, moment in rows],
                )
                del self.rows[name, owner]
        return made


def make_firm(*, today: date, slug: str = "xishan") -> Workspace:
    """A new workspace with people, customers and their year; returns it. One transaction."""
    with transaction.atomic():
        founder = _user(cast.COLLEAGUES[0], cast.PASSWORD)
        admin = found_workspace(
            name="溪山仪器",
            slug=slug,
            founder=founder,
            language="zh-hans",
            timezone="Asia/Shanghai",
            country="CN",
            currency="CNY",
            delta="cn",
        )
        with in_workspace(admin.workspace_id):
            fill(admin, today=today)
    return admin.workspace


def fill(admin: Member, *, today: date, password: str | None = cast.PASSWORD) -> None:
    """Put the firm into the chosen, empty workspace of this administrator.

    Its people can sign in with `password`; without one nobody can sign in as them.
    """
    with translation.override(admin.workspace.language):
        _fill(Story(today, admin.workspace), admin, password)


def _fill(story: Story, admin: Member, password: str | None) -> None:
    today = story.today
    _people(story, admin, password)
    for currency, rate in ONE_IN_BASE.items():
        if currency != story.workspace.currency:
            set_rate(currency=currency, date=today - timedelta(days=2 * DAYS), rate=rate, source="Guanxi")
    tags = _tags()
    products = _products(story)
    pipelines = _pipelines(story)
    companies = _companies(story, tags)
    contacts = _contacts(story, companies, tags)
    _deals(story, companies, contacts, products, pipelines)
    add_leads(story)
    add_quotes(story)
    add_letters(story)
    _talks(story, companies, contacts)
    _plans(story, contacts)
    add_visits(story)
    make_orders(story)
    add_delivery(story)
    add_performance(story)
    _news(story)


def _user(one: cast.Colleague, password: str | None) -> User:
    """The colleague as somebody new: who has the address already, the founder perhaps, stays who they are."""
    emails = (f"{one.email}{number if number > 1 else ''}@xishan.example" for number in count(1))
    email = next(each for each in emails if not User.objects.filter(email=each).exists())
    user = create_user(email=email, name=one.name, password=password, language=one.language)
    user.timezone = one.timezone
    user.save()
    return user


def _people(story: Story, admin: Member, password: str | None) -> None:
    by = installer(story.workspace.pk)
    teams: dict[str, Team] = {}
    for name, parent in cast.TEAMS:
        teams[name] = add_team(name=name, parent=teams.get(parent) or admin.team, by=by)
    story.workspace.refresh_from_db()
    for one in cast.COLLEAGUES:
        if not one.team:
            story.members[one.email] = admin
            continue
        role = Role.objects.get(system=one.role)
        story.members[one.email] = add_member(
            user=_user(one, password), role=role, team=teams[one.team], by=by
        )
        if one.role == "manager":
            set_head(team=teams[one.team], head=story.members[one.email], by=by)
    for name, member in story.members.items():
        member.workspace = story.workspace
        story.actors[name] = actor_for(member)


def _tags() -> list[int]:
    there = dict(Tag.objects.values_list("name", "pk"))  # what every new workspace begins with
    return [there.get(name) or Tag.objects.create(name=name, tone=tone).pk for name, tone in cast.TAGS]


def _products(story: Story) -> list[tuple[int, str, Decimal]]:
    admin = story.actors["gu"]
    found = []
    for name, code, category, unit, price in cast.PRODUCTS:
        values = {"name": name, "code": code, "category": category, "unit": unit, "price": price}
        record = create_record(object="product", values=values, by=admin)
        found.append((record.pk, name, Decimal(price)))
    return found


def _pipelines(story: Story) -> dict[str, list[Stage]]:
    """Language → stages of the pipeline in which such deals are."""
    admin = story.actors["gu"]
    # A new workspace brings a pipeline of its own; the firm adds one for each of its markets.
    first = Pipeline.objects.order_by("position").first()
    found = {}
    for at, (name, language) in enumerate(PIPELINES):
        line = first if at == 0 and first else None
        if line is None:
            line = create_record(object="pipeline", values={"name": name, "position": at}, by=admin)
        stages = list(Stage.objects.filter(pipeline=line, archived_at=None).order_by("position"))
        if not stages:
            for position, (stage, share, kind, rot) in enumerate(words.STAGES[language]):
                values = {"name": stage, "pipeline": line.pk, "position": position, "probability": share}
                values |= {"kind": kind, "rot_days": rot}
                stages.append(create_record(object="stage", values=values, by=admin))
        found[language] = stages
        place, checks = words.CHECKS[language]
        rows = [
            {"stage": stages[place].pk, "name": one, "needed": False, "position": at}
            for at, one in enumerate(checks)
        ]
        create_records(object="stage_check", rows=rows, by=admin)
    return found


def _companies(story: Story, tags: Sequence[int]) -> dict[str, Any]:
    dice = story.dice
    for firm in cast.FIRMS:
        place = {"kind": "office", "country": firm.country, "province": firm.province, "city": firm.city}
        values = {
            "name": firm.name,
            "role": firm.role,
            "level": firm.level,
            "industry": firm.industry,
            "addresses": [completed({key: value for key, value in place.items() if value})],
            "employees": dice.choice((45, 80, 120, 260, 400, 650, 1200)),
            "website": f"https://{_slug(firm, dice)}.example",
            "tags": dice.sample(list(tags), dice.choice((0, 0, 1, 1, 2))),
            "source": dice.choice(words.SOURCES[firm.language]) if firm.language != "en" else "Referral",
        }
        story.add("company", firm.owner, values, story.at(DAYS + dice.randrange(30, 400), firm.owner))
    return {record.name: record for record in story.write("company")}


def _slug(firm: cast.Firm, dice: random.Random) -> str:
    letters = "".join(sign for sign in firm.name.lower() if sign.isascii() and sign.isalpha())
    return letters or f"firm-{dice.randrange(1000, 9999)}"


def _contacts(story: Story, companies: dict[str, Any], tags: Sequence[int]) -> list[tuple[Any, str, str]]:
    """(record, language, owner) of each person."""
    dice = story.dice
    told: dict[str, tuple[str, str]] = {}
    for firm in cast.FIRMS:
        for name, title, role in firm.people:
            told[name] = (firm.language, firm.owner)
            values = _person(story, name, firm.language, firm.city, tags) | {
                "company": companies[firm.name].pk,
                "title": title,
                "decision_role": role,
            }
            story.add("contact", firm.owner, values, story.at(DAYS + dice.randrange(1, 30), firm.owner))
    for name, language, owner, city in cast.PRIVATE:
        told[name] = (language, owner)
        values = _person(story, name, language, city, tags)
        story.add("contact", owner, values, story.at(dice.randrange(100, 300), owner))
    return [(record, *told[record.name]) for record in story.write("contact")]


def _person(story: Story, name: str, language: str, city: str, tags: Sequence[int]) -> dict[str, Any]:
    dice = story.dice
    number = {
        "zh-hans": f"+86138{dice.randrange(10**8):08d}",
        "zh-hant": f"+8526{dice.randrange(10**7):07d}",
        "en": f"+659{dice.randrange(10**7):07d}",
    }[language]
    letters = "".join(sign for sign in name.lower() if sign.isascii() and sign.isalpha())
    email = f"{letters or 'p'}{dice.randrange(100, 999)}"
    step: dict[str, Any] = {"next_step": dice.choice(words.STEPS[language])} if dice.random() < 0.4 else {}
    if step:
        step["next_step_on"] = story.today + timedelta(days=dice.choice((1, 2, 3, 5, 8, 12, 20)))
    return step | {
        "name": name,
        "phones": [{"kind": "mobile", "number": number, "typed": number}],
        "emails": [{"kind": "work", "email": f"{email}@mail.example"}],
        "addresses": [{"kind": "office", **completed({"city": city})}],
        "language": language,
        "preferred_channel": dice.choice(("phone", "wechat", "email")),
        "tags": dice.sample(list(tags), dice.choice((0, 0, 0, 1))),
    }


def _deals(
    story: Story,
    companies: dict[str, Any],
    contacts: list[tuple[Any, str, str]],
    products: list[tuple[int, str, Decimal]],
    pipelines: dict[str, list[Stage]],
) -> None:
    dice = story.dice
    people: dict[int, list[Any]] = defaultdict(list)
    for record, _language, _owner in contacts:
        people[record.company_id].append(record)
    by_owner: dict[str, list[tuple[dict[str, Any], datetime, list[Stage]]]] = defaultdict(list)
    for firm in cast.FIRMS:
        company = companies[firm.name]
        for _number in range(dice.choice((3, 4, 5, 6) if firm.role == "customer" else (1, 2, 3))):
            begun = dice.randrange(8, DAYS)
            values, way = _deal(story, firm, company, people[company.pk], products, pipelines, begun)
            by_owner[firm.owner].append((values, story.at(begun, firm.owner), way))
    for owner, rows in by_owner.items():
        rows.sort(key=lambda row: row[1])
        records = create_records(
            object="deal",
            rows=[values for values, _moment, _way in rows],
            by=story.actors[owner],
            made=[moment for _values, moment, _way in rows],
        )
        drafts = [
            draft
            for record, (_values, moment, way) in zip(records, rows, strict=True)
            for draft in _moves(record, moment, way, dice)
        ]
        drafts += _second_thoughts(records, rows, owner)
        drafts.sort(key=lambda draft: draft.at or datetime.now(UTC))
        state_facts(drafts, by=story.actors[owner])


def _deal(
    story: Story,
    firm: cast.Firm,
    company: Any,
    people: list[Any],
    products: list[tuple[int, str, Decimal]],
    pipelines: dict[str, list[Stage]],
    begun: int,
) -> tuple[dict[str, Any], list[Stage]]:
    """The values of a deal as it is now, and the stages it came through."""
    dice, stages = story.dice, pipelines[firm.language]
    product_id, product, price = dice.choice(products)
    short = words.short_product(product, firm.language)
    line = dice.choice(words.DEALS[firm.language])
    opens = [stage for stage in stages if stage.kind == Stage.Kind.OPEN]
    closed = begun > 60 and dice.random() < 0.72
    won = closed and dice.random() < (0.68 if firm.role == "customer" else 0.45)
    reached = len(opens) if won else dice.randrange(1, len(opens) + 1)
    way = opens[:reached]
    if closed:
        way = [
            *way,
            next(stage for stage in stages if stage.kind == (Stage.Kind.WON if won else Stage.Kind.LOST)),
        ]
    currency = CURRENCIES[firm.language]
    amount = (price * dice.choice((1, 1, 2, 3, 4)) / ONE_IN_BASE[currency]).quantize(Decimal(100))
    values: dict[str, Any] = {
        "name": _sentence(line % short if "%s" in line else line),
        "company": company.pk,
        "contact": dice.choice(people).pk if people else None,
        "product": product_id,
        "stage": way[-1].pk,
        "amount": Amount(amount, currency),
        "opened_on": story.today - timedelta(days=begun),
    }
    if closed:
        took = dice.randrange(20, min(begun, 130))
        ago = begun - took if dice.random() < 0.8 else dice.randrange(min(story.today.day, begun - 1))
        day = story.today - timedelta(days=ago)
        values |= {"closed_on": day, "expected_close": day + timedelta(days=dice.randrange(-10, 15))}
        if not won:
            values["lost_reason"] = dice.choice(("price", "competitor", "budget", "timing", "silence"))
    else:
        values["expected_close"] = story.today + timedelta(
            days=dice.choice((-12, -5, 6, 14, 21, 30, 45, 60, 90))
        )
        if dice.random() < 0.8:
            values |= {
                "next_step": dice.choice(words.STEPS[firm.language]),
                "next_step_on": story.today + timedelta(days=dice.choice((-6, -2, 0, 0, 1, 2, 3, 5, 8, 12))),
            }
    return values, way


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _moves(deal: Deal, begun: datetime, way: list[Stage], dice: random.Random) -> list[Draft]:
    """The facts of a deal's way through its stages, spread between its first day and its last."""
    if len(way) < 2:
        return []
    now = datetime.now(UTC)
    end = (
        datetime.combine(deal.closed_on, time(8), UTC)
        if deal.closed_on
        else now - timedelta(days=dice.randrange(1, 20))
    )
    span = max(end - begun, timedelta(hours=len(way)))
    drafts = []
    for at, (before, after) in enumerate(pairwise(way), start=1):
        verb = {"won": "won", "lost": "lost"}.get(after.kind, "moved")
        moment = min(begun + span * at / (len(way) - 1), now - timedelta(minutes=10))
        drafts.append(
            Draft(
                object="deal",
                verb=verb,
                record_id=deal.pk,
                title=deal.name,
                changes={"stage": [str(before.pk), str(after.pk)], **_follows(deal, before, after)},
                about=deal.concerns(),
                version=1,
                at=moment,
            )
        )
    Deal.objects.filter(pk=deal.pk).update(stage_since=drafts[-1].at)
    return drafts


def _second_thoughts(
    records: Sequence[Deal], rows: Sequence[tuple[Any, datetime, Any]], owner: str
) -> list[Draft]:
    """The facts of open deals that were to close sooner once, and that were worth more or less."""
    dice, now = random.Random(f"{SEED}{owner}"), datetime.now(UTC)  # of its own: the rest stays as it was
    drafts = []
    for deal, (_values, begun, _way) in zip(records, rows, strict=True):
        kind = dice.choice(("slips", "slips", "grows", "shrinks", "")) if deal.closed_on is None else ""
        moment = now - timedelta(days=dice.randrange(3, 75), minutes=20)
        if not kind or moment <= begun:
            continue
        changes: dict[str, list[Any]] = {}
        if kind == "slips" and deal.expected_close:
            sooner = deal.expected_close - timedelta(days=dice.choice((14, 30, 45)))
            changes["expected_close"] = [sooner.isoformat(), deal.expected_close.isoformat()]
        elif kind != "slips" and deal.amount:
            share = Decimal("0.8") if kind == "grows" else Decimal("1.25")
            before = (deal.amount * share).quantize(Decimal(100))
            pair = [{"amount": f"{one:f}", "currency": deal.amount_currency} for one in (before, deal.amount)]
            changes["amount"] = list(pair)
        if changes:
            drafts.append(
                Draft(
                    object="deal",
                    verb="changed",
                    record_id=deal.pk,
                    title=deal.name,
                    changes=changes,
                    about=deal.concerns(),
                    version=1,
                    at=moment,
                )
            )
    return drafts


def _follows(deal: Deal, before: Stage, after: Stage) -> dict[str, list[Any]]:
    """What changes with the stage, so that the deal is known as it was on any day of its way."""
    pairs: dict[str, list[Any]] = {"probability": [before.probability, after.probability]}
    if after.kind != before.kind and deal.closed_on:
        pairs |= {
            "status": [str(before.kind), str(after.kind)],
            "closed_on": [None, deal.closed_on.isoformat()],
            "lost_reason": [None, deal.lost_reason or None],
        }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _talks(story: Story, companies: dict[str, Any], contacts: list[tuple[Any, str, str]]) -> None:
    """A year of conversations, each person in a rhythm of their own; some have fallen silent."""
    dice = story.dice
    names = [name for name, *_rest in cast.PRODUCTS]
    going = _going_deals()
    quiet = {companies[name].pk: days for name, days in cast.QUIET.items()}
    for record, language, owner in contacts:
        rhythm = dice.choice((4, 5, 6, 7, 9, 12, 16))
        silent = max(dice.choice((0, 0, 0, 0, 0, 0, 1, 1, 3, 4)) * rhythm, quiet.get(record.company_id, 0))
        ago = float(DAYS - dice.randrange(40))
        while ago > silent + 1:
            kind = dice.choices(
                ("call", "email", "message", "visit", "meeting", "note"), (34, 22, 22, 9, 8, 5)
            )[0]
            text = dice.choice(words.TALKS[language][kind])
            text = text % words.short_product(dice.choice(names), language) if "%s" in text else text
            moment = story.at(ago, owner)
            direction = (
                "none"
                if kind == "note"
                else dice.choice(("in", "out", "out") if kind == "call" else ("in", "out"))
            )
            values = {
                "subject": text,
                "kind": kind,
                "direction": direction,
                "about": [
                    ["contact", record.pk],
                    *([["company", record.company_id]] if record.company_id else []),
                    *(
                        ["deal", key]
                        for key, since, until in going[record.pk]
                        if since <= moment.date() <= until
                    ),
                ],
                "starts_at": moment,
                "done_at": moment,
                "minutes": dice.choice((5, 8, 12, 20, 35)) if kind == "call" else None,
                "outcome": dice.choice(("good", "good", "neutral", "bad"))
                if kind in ("call", "visit", "meeting")
                else None,
            }
            story.add("activity", owner, values, moment)
            ago -= max(1.0, dice.gauss(rhythm, rhythm / 3))
    story.write("activity")


def _going_deals() -> dict[int, list[tuple[int, date, date]]]:
    """Contact → their deals with first and last day: what is talked about in that time is about those too."""
    found: dict[int, list[tuple[int, date, date]]] = defaultdict(list)
    for deal in Deal.objects.filter(contact__isnull=False).order_by("pk"):
        found[deal.contact_id].append((deal.pk, deal.opened_on, deal.closed_on or date.max))
    return found


def _plans(story: Story, contacts: list[tuple[Any, str, str]]) -> None:
    """What is promised and planned around today."""
    dice = story.dice
    own: dict[str, list[tuple[Any, str]]] = defaultdict(list)
    for record, language, owner in contacts:
        own[owner].append((record, language))
    yesterday = datetime.now(UTC) - timedelta(hours=20)
    for owner, people in own.items():
        zone = ZoneInfo(story.members[owner].user.timezone)
        for days, hour in ((-1, 17), (0, 18), (0, 12), (1, 15), (3, 10)):
            record, language = dice.choice(people)
            due = datetime.combine(story.today + timedelta(days=days), time(hour), zone)
            values = {
                "subject": dice.choice(words.PROMISES[language]),
                "kind": "todo",
                "due_at": due.astimezone(UTC),
            }
            story.add("activity", owner, {**values, "about": [["contact", record.pk]]}, yesterday)
        for days, hour, minute in ((0, 9, 30), (0, 11, 0), (0, 14, 30), (1, 10, 0), (2, 16, 0), (6, 11, 0)):
            record, language = dice.choice(people)
            start = datetime.combine(story.today + timedelta(days=days), time(hour, minute), zone).astimezone(
                UTC
            )
            values = {
                "subject": dice.choice(words.MEETINGS[language]),
                "kind": dice.choice(("meeting", "meeting", "visit")),
                "starts_at": start,
                "ends_at": start + timedelta(hours=1),
            }
            about = [["contact", record.pk], *([["company", record.company_id]] if record.company_id else [])]
            story.add("activity", owner, {**values, "about": about}, yesterday)
    story.write("activity")


def _news(story: Story) -> None:
    """The administrator hands over a contact and moves a deal of everybody, who are told of it."""
    admin = story.actors["gu"]
    names = [one.email for one in cast.COLLEAGUES if one.team]
    done = []
    for name, other in zip(names, [*names[1:], names[0]], strict=True):
        contact = Contact.objects.filter(owner=story.members[other]).order_by("created_at", "name").first()
        deals = Deal.objects.filter(owner=story.members[name], status=Stage.Kind.OPEN).select_related("stage")
        deal = deals.order_by("stage__position", "created_at", "name").first()
        if contact:
            done.append(change_record(contact, {"owner": story.members[name].pk}, by=admin))
        if deal:
            after = Stage.objects.filter(pipeline=deal.pipeline_id, position__gt=deal.stage.position)
            stage = after.order_by("position").first()
            if stage and stage.kind == Stage.Kind.OPEN:
                done.append(change_record(deal, {"stage": stage.pk}, by=admin))
    for name in names:
        zone = ZoneInfo(story.members[name].user.timezone)
        left = datetime.combine(story.today - timedelta(days=1), time(18, 40), zone).astimezone(UTC)
        Member.objects.filter(pk=story.members[name].pk).update(seen_at=left)
    facts = [one.last_fact_id for one in done if one.last_fact_id]
    notify(list(Fact.objects.filter(pk__in=facts).order_by("pk")))
