"""What orders, contracts, invoices and receipts have in common: a state that only verbs change.

Who submits a document does not approve it. Submitted ones are read-only until they are withdrawn or sent
back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from guanxi.automation.approvals.documents import anew, answered, asked, withdrawn
from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Choice, Field, MemberLink, Option, Text
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.objects import Object, Verb
from guanxi.platform.records.access import find_record
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.derived import in_base
from guanxi.platform.records.models import Record
from guanxi.platform.records.writing import settle_record
from guanxi.platform.tenancy.context import in_workspace

DRAFT = Option("draft", L("Draft", "草稿", "草稿"))
MAY_ANSWER = "guanxi.automation.approvals.documents:is_asked"
IN_APPROVAL = Option("in_approval", L("In approval", "审批中", "簽核中"), "gamboge")


class Document(Record):
    """A record with a state.

    open_in      states in which its fields may be changed by hand
    always_open  fields that may be changed in any state: they promise nothing
    """

    title_attribute: ClassVar[str] = "number"
    open_in: ClassVar[tuple[str, ...]] = ("draft",)
    always_open: ClassVar[frozenset[str]] = frozenset({"about", "tags", "owner", "team", "source"})

    number = models.CharField(max_length=60, null=True, blank=True)
    status = models.CharField(max_length=20, default="draft")
    submitted_by_id = models.BigIntegerField(null=True, editable=False)
    sent_back = models.CharField(max_length=500, null=True, blank=True)

    class Meta(Record.Meta):
        abstract = True

    def verify(self, changed: set[str]) -> None:
        if self._state.adding or self.status in self.open_in:
            return
        obj = registry.get(self.object_name)
        closed = sorted(
            name for name in changed - self.always_open if not obj[name].own and not obj[name].readonly
        )
        if closed:
            said = _("This is “%(state)s” and can't be changed. Withdraw it first.")
            words = said % {"state": state_words(self)}
            raise InvalidValues({name: [FieldError("closed", words)] for name in closed})

    def verify_archiving(self) -> None:
        if self.status not in (*self.open_in, "cancelled", "void", "requested"):
            said = _("This is “%(state)s” and stays where it is.") % {"state": state_words(self)}
            raise InvalidValues({"status": [FieldError("closed", said)]})

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        return "changed"


def status_field(options: tuple[Option, ...], default: str = "draft") -> Choice:
    """The state: only verbs change it, but what came from elsewhere may bring the one that it had."""
    return Choice(
        name="status",
        label=L("Status", "状态", "狀態"),
        options=options,
        default=default,
        readonly=True,
        brought=True,
        synonyms=("state", "order status", "状态", "狀態"),
    )


def approval_fields() -> tuple[Field, ...]:
    return (
        MemberLink(
            name="submitted_by", label=L("Submitted by", "提交人", "送簽人"), readonly=True, sortable=False
        ),
        Text(name="sent_back", label=L("Sent back because", "退回原因", "退回原因"), max_length=500),
    )


def approval_verbs(module: str, *, draft: str = "draft", waiting: str = "in_approval") -> tuple[Verb, ...]:
    """Submit, withdraw, approve, reject: functions of these names in the module."""
    return (
        Verb(
            "submit", "submission", L("Submit", "提交审批", "送簽"), "submitted", f"{module}:submit",
            icon="send", when={"status": (draft,)},
        ),
        Verb(
            "withdraw", "withdrawal", L("Withdraw", "撤回", "撤回"), "withdrawn", f"{module}:withdraw",
            told=L("withdrew", "撤回", "撤回"),
            icon="undo-2", when={"status": (waiting,)},
        ),
        Verb(
            "approve", "approval", L("Approve", "批准", "核准"), "approved", f"{module}:approve",
            icon="check", when={"status": (waiting,)}, access="see", offered=MAY_ANSWER,
        ),
        Verb(
            "reject", "rejection", L("Send back", "退回", "退回"), "rejected", f"{module}:reject",
            ("sent_back",), "corner-up-left", when={"status": (waiting,)}, access="see", offered=MAY_ANSWER,
            told=L("sent back", "退回", "退回"),
        ),
    )  # fmt: skip


@transaction.atomic
def move_state(
    record: Any,
    *,
    by: Actor,
    verb: str,
    stated: str,
    of: tuple[str, ...],
    to: str,
    values: Mapping[str, Any] | None = None,
    check: Callable[[Any], None] | None = None,
    data: Mapping[str, Any] | None = None,
) -> Any:
    """From one of the states `of` to `to`, with further values; returns the record anew.

    `check` is asked of the locked record. Raises InvalidValues where its state is another one.
    """
    current = locked(record, by=by)
    if current.status not in of:
        refuse_state(current)
    if check is not None:
        check(current)
    waited = current.status == IN_APPROVAL.value
    said = as_kept(registry.get(record.object_name), values or {}, by=by)
    moved = settle_record(current, {**said, "status": to}, by=by, verb=verb, stated=stated, data=data)
    if waited and verb not in ("approve", "reject", "withdraw"):
        withdrawn(moved, by=by)  # cancelled: nobody needs to be asked any more
    return moved


def as_kept(obj: Object, values: Mapping[str, Any], *, by: Actor) -> dict[str, Any]:
    """Field → kept value of what a verb was told, as a form or the API says it or as it is kept already.

    Raises InvalidValues that names each field that is wrong.
    """
    kept, errors = dict(values), {}
    for name, value in values.items():
        if value is None:
            continue
        try:
            kept[name] = obj[name].clean(value, field_context(by))
        except FieldError as problem:
            errors[name] = [problem]
    if errors:
        raise InvalidValues(errors)
    return kept


def locked(record: Any, *, by: Actor) -> Any:
    """The record as it is now, held until the end of the transaction; raises NotFound and Refused."""
    obj = registry.get(record.object_name)
    return find_record(obj, record.pk, by=by, access="edit", lock=True)


def refuse_state(record: Any) -> None:
    """Raises InvalidValues: in this state it can't be done."""
    words = _("“%(name)s” is “%(state)s”: this can't be done now.")
    said = words % {"name": record, "state": state_words(record)}
    raise InvalidValues({"status": [FieldError("state", said)]})


@transaction.atomic
def submit(record: Any, *, by: Actor, of: tuple[str, ...] = ("draft",), check: Any = None) -> Any:
    values = {"submitted_by": by.member_id, "sent_back": None}
    moved = move_state(
        record, by=by, verb="submit", stated="submitted", of=of, to="in_approval", values=values, check=check
    )
    return asked(moved, by=by)


@transaction.atomic
def withdraw(record: Any, *, by: Actor, to: str = "draft") -> Any:
    moved = move_state(
        record, by=by, verb="withdraw", stated="withdrawn", of=("in_approval",), to=to,
        values={"submitted_by": None},
    )  # fmt: skip
    withdrawn(moved, by=by)
    return moved


@transaction.atomic
def approve(record: Any, *, by: Actor, to: str, check: Any = None) -> Any:
    """The actor's signature; with the last one it is approved. Raises Refused for who is not asked."""
    _require_waiting(record, by=by)
    if not answered(record, "approve", by=by):
        return anew(record)
    return move_state(
        record, by=by, verb="approve", stated="approved", of=("in_approval",), to=to, check=check
    )


@transaction.atomic
def reject(record: Any, *, by: Actor, sent_back: Any = None, to: str = "draft") -> Any:
    if not sent_back:
        raise InvalidValues({"sent_back": [FieldError("required", _("Say what is to be mended."))]})
    _require_waiting(record, by=by)
    if not answered(record, "reject", by=by, words=str(sent_back)):
        return anew(record)
    return move_state(
        record, by=by, verb="reject", stated="rejected", of=("in_approval",), to=to,
        values={"sent_back": sent_back},
    )  # fmt: skip


def _require_waiting(record: Any, *, by: Actor) -> None:
    """Raises NotFound for who does not see it, InvalidValues where it does not wait for an approval."""
    current = find_record(registry.get(record.object_name), record.pk, by=by)
    if current.status != "in_approval":
        refuse_state(current)


def state_words(record: Any) -> str:
    """Its state in the reader's language."""
    field: Any = registry.get(record.object_name)["status"]
    option = field.option(record.status)
    return str(option.label if option else record.status)


def in_base_as_of(record: Any, names: tuple[str, ...], currency: str, day: date) -> None:
    """Fill NAME_base of amounts in one currency, all at the rate of a day."""
    with in_workspace(record.workspace_id):
        own = currency == own_currency()
    for name in names:
        value: Decimal | None = getattr(record, name)
        # What needs no rate is not rounded either: totals of exact amounts are rounded at the end.
        base = value if own else in_base(value, currency, record.workspace_id, day)
        setattr(record, f"{name}_base", base)


def amount(value: Decimal, currency: str) -> Amount:
    return Amount(value, currency)
