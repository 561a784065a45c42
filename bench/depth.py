"""What goes deeper than shipped lists: own fields, links, row scopes, formulas, many records at once.

ours_ms is the deeper request or one record of the work, bare_ms the plain one beside it:

own      a list by fields of the workspace's own, against the same by shipped fields
link     a condition on the record behind a link, against bare SQL and orjson
scope    a list within 'team and below', against the same of who sees everything
formula  a formula field computed for all, against one bare UPDATE that computes the same
bulk     a field of many records changed with facts and what undoes them; the limit is 5,000 a second
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from django.db import connection, transaction

from bench.making import Bench
from bench.measuring import Result, against, elapsed, in_turns, statements, within
from bench.product import api, bare
from bench.rows import CITIES
from guanxi.people.contacts.models import Contact
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actions.tokens import create_token
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.jobs import recalculate_field
from guanxi.platform.records.places import make_places, set_place
from guanxi.platform.tenancy.context import in_workspace

FIELDS, FILTERED = 40, 5
AT_ONCE, MOST = 1_000, 100_000  # records changed in one transaction, and in all
LISTS = "/api/v1/contacts?sort="


def measure(bench: Bench, times: int) -> Iterator[Result]:
    with in_workspace(bench.workspace_id):
        admin = _administrator()
        _shape(bench, admin)
    yield from _own(bench, times)
    yield from _across(bench, times)
    yield from _scoped(bench, admin, times)
    with in_workspace(bench.workspace_id):
        yield _formula(bench, admin)
        yield _bulk(bench, admin)


def _administrator() -> Member:
    with transaction.atomic():
        found = Member.objects.select_related("user", "role", "workspace", "team")
        first: Member = found.filter(role__administers=True).order_by("pk")[0]
        return first


def _shape(bench: Bench, admin: Member) -> None:
    """Forty fields with values in all contacts; five of them have places, as if lists had asked for them."""
    with transaction.atomic():
        by = actor_for(admin)
        rows = [
            add_field(object="contact", type="integer", label=f"Own {at}", name=f"own_{at}", by=by)
            for at in range(FIELDS)
        ]
        for row in rows[:FILTERED]:
            set_place(row, "making")
    make = "json_object" if connection.vendor == "sqlite" else "jsonb_build_object"
    # The first two are as selective as the city beside which they are measured: one value in ten.
    pairs = ", ".join(
        f"'own_{at}', (id / {at + 3}) % {len(CITIES) if at < 2 else 1000}" for at in range(FIELDS)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE people_contact SET custom = {make}({pairs})")
    for row in rows[:FILTERED]:
        make_places.call(object="contact", field=row.name)


def _own(bench: Bench, times: int) -> Iterator[Result]:
    client = api(bench)
    for name, own, shipped in (
        ("filtered by an own field", "name&filter=own_0 = 7", "name&filter=city = Berlin"),
        ("sorted by an own field", "own_2", "title"),
        ("filtered and sorted by own fields", "own_2&filter=own_0 = 7", "title&filter=city = Berlin"),
    ):
        deep, plain = (partial(client, LISTS + quote(text, safe="&=")) for text in (own, shipped))
        ours, beside = in_turns(deep, plain, times)
        yield against("depth", name, rows=bench.contacts, ours=ours, bare=beside, limit=1.5)


def _across(bench: Bench, times: int) -> Iterator[Result]:
    client = api(bench)
    industry = client.json("/api/v1/companies?limit=1&fields=industry")["data"][0]["industry"]
    ask = partial(client, f"{LISTS}name&filter=" + quote(f'company.industry = "{industry}"'))
    told = statements(ask)
    ours, plain = in_turns(ask, bare(told, bench), times)
    yield against(
        "depth", "a condition across a link", rows=bench.contacts, ours=ours, bare=plain, limit=3.0,
        queries=len(told),
    )  # fmt: skip


def _scoped(bench: Bench, admin: Member, times: int) -> Iterator[Result]:
    with in_workspace(bench.workspace_id), transaction.atomic():
        _token, secret = create_token(
            member=admin, name="bench", scopes=["*:read", "*:write"], by=actor_for(admin)
        )
    for sort in ("name", "-created_at"):
        scoped, whole = (partial(api(bench, token), LISTS + sort) for token in ("", secret))
        ours, free = in_turns(scoped, whole, times)
        yield against(
            "depth",
            f"within 'team and below', by {sort}",
            rows=bench.contacts,
            ours=ours,
            bare=free,
            limit=1.2,
        )


def _formula(bench: Bench, admin: Member) -> Result:
    with transaction.atomic():
        add_field(
            object="contact", type="formula", label="Sum", name="own_sum", by=actor_for(admin),
            settings={"formula": "own_3 + own_4 * 2"},
        )  # fmt: skip
    plain = elapsed(_bare_update)
    ours = elapsed(partial(recalculate_field.call, object="contact", field="own_sum"))
    name, each = "a formula field of all, per record", 1 / bench.contacts
    return against("depth", name, rows=bench.contacts, ours=ours * each, bare=plain * each, limit=5.0)


def _bare_update() -> None:
    if connection.vendor == "sqlite":
        value = "json_set(custom, '$.own_bare', custom ->> '$.own_3' + 2 * (custom ->> '$.own_4'))"
    else:
        value = (
            "custom || jsonb_build_object('own_bare', (custom->>'own_3')::int + 2 * (custom->>'own_4')::int)"
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE people_contact SET custom = {value}")


def _bulk(bench: Bench, admin: Member) -> Result:
    by, contact = actor_for(admin), registry.get("contact")
    with transaction.atomic():
        rows = Contact.objects.filter(archived_at=None).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:MOST])

    def change() -> None:
        for at in range(0, len(ids), AT_ONCE):
            wishes = [Wish(key, {"department": "Bench"}) for key in ids[at : at + AT_ONCE]]
            change_many(contact, wishes, by=by)

    took = elapsed(change) / len(ids)
    return within(
        "depth", "many records changed, per record", rows=bench.contacts, ours=took, limit=0.2,
        note=f"{1000 / took:,.0f} records/s of {len(ids):,}",
    )  # fmt: skip
