"""The pools that a member stands in; for who looks after them their members and rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.i18n.dates import format_date, format_day
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number, labelled
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.jobs.models import Job
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url, with_query
from guanxi.platform.records.pages.controls import control_of, raw_of
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.forms import read_form
from guanxi.platform.records.sharing.conditions import draw_condition
from guanxi.platform.records.sharing.grantees import read_grantee
from guanxi.platform.records.writing import change_record, create_record
from guanxi.sales.pools.actions import claim_several, claims_today, held_by, hold_limit_of
from guanxi.sales.pools.holding import any_pool, looks_after, stands_in
from guanxi.sales.pools.jobs import replay_rule
from guanxi.sales.pools.members import add_to_pool, take_from_pool
from guanxi.sales.pools.models import Pool, PoolMember, PoolRule
from guanxi.sales.pools.objects import POOL, POOL_RULE
from guanxi.sales.pools.simulating import draft_rule
from guanxi.web.components import Job as Work
from guanxi.web.pages import render_fragment, render_page, toast

MOST_CLAIMED = 50  # at once
TYPED = ("name", "kind", "days", "date_field", "work_days", "filter", "keep_won", "warn_days", "active")


@plain_door("GET")
def pools(request: MemberRequest) -> HttpResponse:
    """The pools that the member stands in, and what is left of the day there."""
    by = request.actor
    rows = Pool.objects.filter(archived_at=None).order_by("sort_key", "id")
    found = [_card(one, by) for one in rows if stands_in(one.pk, by)]
    context = {"pools": found, "new_url": "/pools/new/" if by.administers else ""}
    return render_page(request, "sales/pools.html", context, title=str(POOL.plural_label))


@plain_door("POST")
def claims(request: MemberRequest, pool_id: int) -> HttpResponse:
    """Claim several at once; 404 for who does not stand in the pool."""
    pool, by = Pool.objects.filter(pk=pool_id, archived_at=None).first(), request.actor
    if pool is None or not stands_in(pool.pk, by):
        raise Http404
    count = min(max(_whole(request.POST.get("count", "")), 1), MOST_CLAIMED)
    claimed, why = claim_several(pool, count, by=by)
    said = ngettext("%(num)d claimed.", "%(num)d claimed.", len(claimed)) % {"num": len(claimed)}
    return toast(HttpResponseRedirect("/pools/"), f"{said} {why}".strip())


@plain_door("POST")
def members(request: MemberRequest, pool_id: int) -> HttpResponse:
    """Let somebody stand in a pool, or no longer."""
    pool, by = _pool(pool_id, request.actor), request.actor
    if "remove" in request.POST:
        row = PoolMember.objects.filter(pool=pool, pk=_whole(request.POST["remove"])).first()
        if row is None:
            raise Http404
        take_from_pool(row, by=by)
    else:
        to = read_grantee(request.POST.get("to", ""))
        limit = _whole(request.POST.get("hold_limit", "")) or None
        add_to_pool(pool, to.kind, to.id, by=by, administers="administers" in request.POST, hold_limit=limit)
    return toast(HttpResponseRedirect(record_url(POOL, pool.pk)), _("Saved %(name)s") % {"name": pool})


@plain_door("GET", "POST")
def rule(request: MemberRequest, pool_id: int, rule_id: int | None = None) -> HttpResponse:
    """A rule of a pool: POST replays it on the last quarter, or saves it."""
    by, pool = request.actor, _pool(pool_id, request.actor)
    if not by.administers:
        raise Refused("pool_rule.change")
    known = PoolRule.objects.filter(pool=pool, pk=rule_id, archived_at=None).first() if rule_id else None
    if rule_id and known is None:
        raise Http404
    fields = [POOL_RULE[name] for name in TYPED]
    if request.method == "GET":
        raws = {one.name: raw_of(one, one.get(known) if known else one.default) for one in fields}
        raws["filter"] = request.GET.get("filter", raws["filter"])
        return _draw_rule(request, pool, known, raws)
    values, raws, errors = read_form(fields, request.POST, by=by)
    for one in fields:
        if one.type == "boolean":
            values[one.name] = raws[one.name] = request.POST.get(one.name, "")
    try:
        draft_rule(pool, values, by=by)
        if "replay" in request.POST and not errors:
            job = replay_rule.enqueue(pool.pk, request.member.pk, raws)
            return HttpResponseRedirect(
                f"/pools/{pool.pk}/replays/{job.id}/{f'?rule={rule_id}' if known else ''}"
            )
        if not errors:
            if known is None:
                create_record(object=POOL_RULE.name, values={**values, "pool": pool.pk}, by=by)
            else:
                change_record(known, values, by=by)
            address = record_url(POOL, pool.pk)
            return toast(
                HttpResponseRedirect(address), _("Saved %(name)s") % {"name": values.get("name", "")}
            )
    except InvalidValues as problem:
        request.raised = True
        errors = {name: [one.message for one in said] for name, said in problem.errors.items()}
    return _draw_rule(request, pool, known, raws, errors)


@plain_door("GET")
def replayed(request: MemberRequest, pool_id: int, job_id: int) -> HttpResponse:
    """The rule as it was typed, and how far its replay is; ?rule= names the one that is being changed."""
    pool = _pool(pool_id, request.actor)
    if not request.actor.administers:
        raise Refused("pool_rule.change")
    job = Job.objects.filter(pk=job_id, task=replay_rule.module_path).first()
    if job is None or job.args[:2] != [pool.pk, request.member.pk]:
        raise Http404
    known = PoolRule.objects.filter(
        pool=pool, pk=_whole(request.GET.get("rule", "")), archived_at=None
    ).first()
    return _draw_rule(request, pool, known, job.args[2], job=job)


@plain_door("GET")
def condition_of_rule(request: MemberRequest, pool_id: int, rule_id: int | None = None) -> HttpResponse:
    """Which records a rule is about, put together as the filter of a list is."""
    pool = _pool(pool_id, request.actor)
    if not request.actor.administers:
        raise Refused("pool_rule.change")
    if rule_id and not PoolRule.objects.filter(pool=pool, pk=rule_id, archived_at=None).exists():
        raise Http404
    back = _rule_url(pool, rule_id)
    obj = registry.get(pool.holds)
    return draw_condition(request, obj, path=f"{back}condition/", back=back, layout="layouts/app.html")


def _rule_url(pool: Pool, rule_id: int | None) -> str:
    return f"/pools/{pool.pk}/rules/{rule_id or 'new'}/"


def stands_somewhere(request: HttpRequest) -> bool:
    """Whether the navigation leads to pools: for who stands in one, and who could make one."""
    actor = getattr(request, "actor", None)
    return actor is not None and actor.member_id is not None and (actor.administers or any_pool(actor))


def _draw_rule(
    request: MemberRequest,
    pool: Pool,
    known: PoolRule | None,
    raws: dict[str, Any],
    errors: dict[str, list[str]] | None = None,
    job: Job | None = None,
) -> HttpResponse:
    by, errors = request.actor, errors or {}
    controls = [
        control_of(POOL_RULE[name], raws.get(name, ""), by=by, refs={}, errors=errors.get(name, ()))
        for name in TYPED
    ]
    context = {
        "pool": pool,
        "rule": known,
        "controls": controls,
        "problems": [said for name, found in errors.items() if name not in TYPED for said in found],
        "action": _rule_url(pool, known.pk if known else None),
        "condition_url": with_query(
            f"{_rule_url(pool, known.pk if known else None)}condition/", filter=raws.get("filter", "")
        ),
        "back": record_url(POOL, pool.pk),
        "job": _work(job, request) if job is not None else None,
        "replay": _told(job.result, pool, by) if job is not None and job.result else None,
    }
    if job is not None and request.headers.get("HX-Target", "").startswith("job-"):
        return render_fragment(request, "sales/pool_rule.html", context, block="replay")
    title = str(known or _("New rule"))
    return render_page(request, "sales/pool_rule.html", context, title=title, status=422 if errors else 200)


def _work(job: Job, request: MemberRequest) -> Work | None:
    """How far it is; None when it is done."""
    if job.state == Job.State.SUCCESSFUL:
        return None
    done, total = ((job.progress or {}).get(name) or 0 for name in ("done", "total"))
    broken = job.state in (Job.State.FAILED, Job.State.CANCELLED)
    told = _("%(done)s of %(total)s. You may leave this page.")
    return Work(
        key=str(job.pk),
        title=_("The replay has failed. Try once more.") if broken else _("Replaying the last quarter"),
        state="failed" if broken else "running",
        icon="history",
        done=done,
        of=total,
        note=told % {"done": format_number(done), "total": format_number(total)} if total else "",
        url=request.get_full_path(),
    )


def _told(shown: dict[str, Any], pool: Pool, by: Actor) -> dict[str, Any]:
    """A replay in words."""
    obj = registry.get(pool.holds)
    owners = sorted(((int(key), count) for key, count in shown["by_owner"]), key=lambda item: -item[1])
    names = member_names({key for key, _count in owners})
    return {
        "from": format_date(date.fromisoformat(shown["start"])),
        "to": format_date(date.fromisoformat(shown["end"])),
        "looked_at": format_number(shown["looked_at"]),
        "count": format_number(shown["count"]),
        "won": format_number(shown["won"]),
        "amount": format_money(Decimal(shown["amount"]), by.currency, compact=True),
        "owners": [(str(names.get(key, "")), format_number(count)) for key, count in owners],
        "rows": [
            {
                "title": title,
                "href": record_url(obj, int(record_id)),
                "owner": str(names.get(int(owner_id), "")),
                "on": format_day(date.fromisoformat(on)),
                "won": format_money(Decimal(amount), by.currency, compact=True) if won else "",
            }
            for record_id, title, owner_id, on, won, amount in shown["taken"]
        ],
        "more": shown["count"] - len(shown["taken"]),
    }


def _card(pool: Pool, by: Actor) -> dict[str, Any]:
    obj = as_seen(registry.get(pool.holds), by)
    inside = obj.rows().filter(pool_id=pool.pk, archived_at=None).count()
    member = Member.objects.filter(pk=by.member_id).first()
    limit = hold_limit_of(pool, member) if member else None
    figures = []
    if member is not None:
        claimed, held = claims_today(pool, member.pk), held_by(obj, pool, member.pk)
        figures.append((_("Claimed today"), _of(claimed, pool.claim_limit)))
        figures.append((_("Yours"), _of(held, limit)))
    return {
        "name": pool.name,
        "about": pool.about or "",
        "list_url": f"/{obj.plural}/?filter={quote(f'pool = {pool.pk}')}",
        "claims_url": f"/pools/{pool.pk}/claims/" if inside and by.may("claim", obj.name) else "",
        "page_url": record_url(POOL, pool.pk) if looks_after(pool.pk, by) else "",
        "icon": obj.icon,
        "inside": labelled(obj.plural_label, format_number(inside)),
        "figures": figures,
        "blind": pool.blind,
        "wait": ngettext(
            "Who owned it before waits %(num)d day.",
            "Who owned it before waits %(num)d days.",
            pool.wait_days,
        )
        % {"num": pool.wait_days}
        if pool.wait_days
        else "",
    }


def _of(count: int, most: int | None) -> str:
    return format_number(count) if most is None else f"{format_number(count)} / {format_number(most)}"


def _pool(pool_id: int, by: Actor) -> Pool:
    """The pool, for who looks after it; nobody else is told that it is there. Raises NotFound."""
    pool: Pool = find_record(POOL, pool_id, by=by)
    if not looks_after(pool.pk, by):
        raise Http404
    return pool


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 20 else 0
