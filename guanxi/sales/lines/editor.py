"""The lines of a document as one grid on its page: a plain form, which htmx sends cell by cell.

    edit_lines(QUOTE_LINE)

in a noun's `panels.py` puts it on the page of the whole, in place of the list of parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.learning.telling import Offer, offers_for
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.names import sort_key
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import EDIT, right_of
from guanxi.platform.records.access import NotFound, find_record, reaches, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.questions import Question, number_question
from guanxi.platform.records.writing import clean_values, create_record
from guanxi.sales.lines.arithmetic import add_up, taxes
from guanxi.sales.lines.models import Line
from guanxi.sales.lines.unfolding import bundles_among, unfold, unfold_at_prices
from guanxi.sales.products.models import Product
from guanxi.web.pages import is_htmx, render_fragment, toast

TYPED = ("title", "quantity", "unit_price", "discount_percent", "tax_rate")
MOST_SHOWN = 500
UNFOLDED = {"unfold": unfold, "unfold_at_prices": unfold_at_prices}


@dataclass(slots=True)
class Row:
    """One line of the grid: what its inputs hold, and what is wrong with them (field → words)."""

    id: int
    title: str
    details: str
    unit: str
    values: dict[str, str]
    shown: dict[str, str]
    amount: str
    bundle: bool = False
    errors: dict[str, str] = field(default_factory=dict)


def edit_lines(obj: Object, *, order: int = 5) -> Panel:
    """Let the lines of this object be edited on the page of their document."""

    def context(record: Any, actor: Actor) -> dict[str, Any]:
        return lines_context(obj, record, by=actor)

    def tally(record: Any, actor: Actor) -> Question[int]:
        column = obj[obj.part_of].column
        sql = f'SELECT count(*) FROM "{obj.table}" r WHERE r.workspace_id = %s AND r.{column} = %s'
        return number_question(f"{sql} AND r.archived_at IS NULL", (actor.workspace_id, record.pk))

    return register(
        Panel(
            name=obj.plural,
            label=gettext_lazy("Lines"),
            objects=(obj.whole,),
            place="tab",
            order=order,
            template="sales/lines.html",
            context=context,
            tally=tally,
            visible=lambda record, actor: actor.may("see", obj.name),
        )
    )


def lines_context(
    obj: Object,
    document: Any,
    *,
    by: Actor,
    errors: Mapping[int, Mapping[str, str]] | None = None,
    typed: Mapping[str, str] | None = None,
    problems: Sequence[str] = (),
) -> dict[str, Any]:
    """What the grid is drawn from; `typed` is what was sent and could not be kept."""
    model = cast(type[Line], obj.model_class)
    lines = list(
        model.objects.filter(**{obj[obj.part_of].column: document.pk}, archived_at=None).order_by(
            "position", "pk"
        )[:MOST_SHOWN]
    )
    terms = document.line_terms()
    whole = registry.get(obj.whole)
    sums = add_up(line.sums for line in lines)
    editable = (
        document.archived_at is None
        and by.may("change", obj.name)
        and reaches(whole, document, by, access="edit")
        and lines_open(document)
    )
    given = typed or {}
    charged = "gross" if terms.tax_included else "net"
    rates = taxes((line.tax_rate or Decimal(0), line.sums) for line in lines)
    bundles = bundles_among({one.product_id for one in lines if one.product_id}) if editable else set()
    return {
        "rows": [
            _row(obj, one, given, (errors or {}).get(one.pk, {}), charged, one.product_id in bundles)
            for one in lines
        ],
        "editable": editable,
        "offers": _offers(document, lines, by) if editable else [],
        "fixed": {name for name in TYPED if right_of(obj, name, by) != EDIT},
        "action": f"/lines/{obj.plural}/{document.pk}/",
        "net": format_money(sums.net, terms.currency),
        "taxes": [
            (format_number(rate), format_money(found.tax, terms.currency)) for rate, found in rates if rate
        ],
        "tax_included": terms.tax_included,
        "discount": format_number(terms.discount) if terms.discount else "",
        "total": format_money(sums.gross, terms.currency),
        "currency": terms.currency,
        "problems": list(problems),
        "line_obj": obj,
        "new": {"text": given.get("new-text", ""), "quantity": given.get("new-quantity", "1")},
    }


def lines_open(document: Any) -> bool:
    """Whether its lines can be changed in its state; a document may say it itself, by `lines_open`."""
    if (own := getattr(document, "lines_open", None)) is not None:
        return bool(own())
    try:
        document.verify_lines()
    except InvalidValues:
        return False
    return True


@object_door("POST")
def save(request: MemberRequest, obj: Object, document_id: int) -> HttpResponse:
    """Keep what was typed, then add, move or remove a line, by the button."""
    if not obj.part_of or not issubclass(obj.model_class, Line):
        raise Http404
    by, whole = request.actor, registry.get(obj.whole)
    document = find_record(whole, document_id, by=by, access="edit")
    require(by, "change", obj)
    lines = list(
        obj.model_class.objects.filter(**{obj[obj.part_of].column: document.pk}, archived_at=None).order_by(
            "position", "pk"
        )
    )
    errors, problems = _keep(obj, lines, request.POST, by=by)
    if not errors and not problems:
        problems = _do(obj, document, lines, request.POST, by=by)
    failed = bool(errors or problems)
    if not is_htmx(request):
        to = record_url(whole, document.pk, obj.plural)
        words = [*problems, *(said for found in errors.values() for said in found.values())]
        response = HttpResponseRedirect(to)
        return toast(response, " ".join(words), tone="cinnabar") if failed else response
    document = find_record(whole, document_id, by=by)
    typed = request.POST.dict() if failed else {}
    context = lines_context(obj, document, by=by, errors=errors, typed=typed, problems=problems)
    context |= {"obj": whole, "record": document}
    return render_fragment(request, "sales/lines.html", context, block="lines")


def _offers(document: Any, lines: Sequence[Any], by: Actor) -> list[Offer]:
    """Products that could go with these, by what was learned of customers."""
    customer = getattr(document, "company_id", None)
    return offers_for("company", customer, {one.product_id for one in lines if one.product_id}, by=by)


def _keep(
    obj: Object, lines: Sequence[Any], sent: QueryDict, *, by: Actor
) -> tuple[dict[int, dict[str, str]], list[str]]:
    """Write the cells that differ. Returns what is wrong by line and field, and what stood in the way."""
    context = field_context(by)
    errors: dict[int, dict[str, str]] = {}
    wishes: list[Wish] = []
    for line in lines:
        given = {name: sent.get(key, "") for name in TYPED if (key := f"{line.pk}-{name}") in sent}
        if "discount_percent" in given:
            given["discount_percent"] = given["discount_percent"].strip().rstrip("%\uff05") or "0"
        differing = {name: said for name, said in given.items() if said != _raw(obj, name, line)}
        if not differing:
            continue
        try:
            cleaned = clean_values(obj, differing, by=by, context=context, creating=False)
        except InvalidValues as problem:
            errors[line.pk] = {
                name: " ".join(one.message for one in found) for name, found in problem.errors.items()
            }
            continue
        wishes.append(Wish(line.pk, cleaned))
    if errors or not wishes:
        return errors, []
    written = change_many(obj, wishes, by=by)
    return {}, [why for _record, why in written.refusals]


def _do(obj: Object, document: Any, lines: Sequence[Any], sent: QueryDict, *, by: Actor) -> list[str]:
    """What the button says: add (add:ID where a product is offered), up:ID, down:ID, remove:ID, unfold:ID,
    unfold_at_prices:ID."""
    act, _colon, said = sent.get("do", "").partition(":")
    at = next((at for at, one in enumerate(lines) if str(one.pk) == said), None)
    if act == "add":
        return _add(obj, document, sent, by=by, offered=said)
    if act == "remove" and at is not None:
        return [why for _record, why in change_many(obj, [Wish(lines[at].pk, act="archive")], by=by).refusals]
    if act in UNFOLDED and at is not None:
        try:
            UNFOLDED[act](lines[at], by=by)
        except InvalidValues as problem:
            return [one.message for found in problem.errors.values() for one in found]
        return []
    if act in ("up", "down") and at is not None:
        other = at + (1 if act == "down" else -1)
        if 0 <= other < len(lines):
            order = list(lines)
            order[at], order[other] = order[other], order[at]
            wishes = [
                Wish(one.pk, {"position": place})
                for place, one in enumerate(order, 1)
                if one.position != place
            ]
            return [why for _record, why in change_many(obj, wishes, by=by).refusals]
    return []


def _add(obj: Object, document: Any, sent: QueryDict, *, by: Actor, offered: str = "") -> list[str]:
    """A line for a product that was picked or typed by name or code, or for any other words."""
    text = sent.get("new-text", sent.get("new-product-text", "")).strip()
    picked = offered or sent.get("new-product", "")
    product_id = int(picked) if picked.isdecimal() and len(picked) < 20 else _product_called(text)
    if not product_id and not text:
        return [_("Say what it is: a product or a name.")]
    values: dict[str, Any] = {obj.part_of: document.pk, "quantity": sent.get("new-quantity") or 1}
    values |= {"product": product_id} if product_id else {"title": text}
    try:
        create_record(object=obj.name, values=values, by=by)
    except InvalidValues as problem:
        return [one.message for found in problem.errors.values() for one in found]
    except NotFound:
        return [_("It is not there any more.")]
    return []


def _product_called(text: str) -> int | None:
    """The one product of that code or name, if there is just one."""
    if not text:
        return None
    on_sale = Product.objects.filter(archived_at=None)
    found = list(on_sale.filter(code__iexact=text).values_list("pk", flat=True)[:2])
    found = found or list(on_sale.filter(sort_key=sort_key(text)[:200]).values_list("pk", flat=True)[:2])
    return int(found[0]) if len(found) == 1 else None


def _row(
    obj: Object,
    line: Any,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    charged: str,
    bundle: bool,
) -> Row:
    return Row(
        id=line.pk,
        title=line.title,
        details=line.details or "",
        unit=line.unit or "",
        values={name: typed.get(f"{line.pk}-{name}", _raw(obj, name, line)) for name in TYPED},
        shown={name: format_number(getattr(line, name)) for name in TYPED[1:]},
        amount=format_money(getattr(line, charged), line.currency),
        bundle=bundle,
        errors=dict(errors),
    )


def _raw(obj: Object, name: str, line: Any) -> str:
    value = getattr(line, name)
    if value is None:
        return ""
    return value if isinstance(value, str) else plain(value)
