"""What an object is: what lists, forms, search, import, API, rights and facts are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from django.apps import apps
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import (
    Choice,
    DateTime,
    Field,
    Integer,
    Link,
    MemberLink,
    Tags,
    TeamLink,
    Text,
)

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor
    from guanxi.platform.records.models import Record


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where an object keeps what is to be done next, and by when (names of a text and a date field)."""

    text: str
    due: str


@dataclass(frozen=True, slots=True)
class Board:
    """A board's lanes are the values of one field; each lane sums one money field.

    lanes      name of a choice field, or of a link whose target has `position` and `probability`
    amount     name of a money field that is summed, or ""
    group      name of a link by which there are several boards (a deal's pipeline), or ""
    since      name of the timestamp since which a record stands in its lane; lanes with `rot_days` age by it
    outcome    name of a choice field that is the `kind` of the lane a record stands in ("open" while it is
               under way), or ""
    """

    lanes: str
    amount: str = ""
    group: str = ""
    since: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of a noun beside the engine's own (create, change, assign, archive, restore).

    noun     what a POST creates: the last part of the address (`/deals/17/win/`)
    done     the fact's verb, past tense ("won")
    action   "module.path:function", so that a declaration imports no behaviour; called as
             function(record, by=actor, **given), returns the record anew
    takes    fields of the object that it may be given, by the names of the function's arguments
    when     field → values (as JSON has them; "*" for any, "" for none) of records to which pages offer it;
             whether it can be done is for the function to say
    access   "see" where whoever sees the record may do it; what it changes is for the function to allow
    offered  "module.path:function" of (record, by) that says whether pages offer it, where `when` can't
    leads    it takes the record further: its button stands in the bar of the page
    page     the last part of the address of a page of its own, where a form of `takes` is not enough
    told     what the fact is called, where `done` and the label don't serve: "took goods back of"
    """

    name: str
    noun: str
    label: L
    done: str
    action: str
    takes: tuple[str, ...] = ()
    icon: str = "circle"
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: str = ""
    access: Literal["see", "edit"] = "edit"
    leads: bool = False
    offered: str = ""
    told: L | None = None

    @property
    def fact_label(self) -> L:
        """What it is called once it is done: "confirmed", 确认订单."""
        return self.told or L(self.done.replace("_", " "), self.label.hans, self.label.hant)

    def fits(self, record: Any, by: Actor) -> bool:
        """Whether pages offer it for this record."""
        if self.offered:
            module, _colon, function = self.offered.partition(":")
            if not getattr(import_module(module), function)(record, by):
                return False
        return all(
            (said := str(getattr(record, name, None) or "")) in values or ("*" in values and said != "")
            for name, values in self.when.items()
        )

    def run(self, record: Any, values: Mapping[str, Any], *, by: Actor) -> Any:
        """Do it; raises what the action raises, and InvalidValues for what the verb does not take."""
        if unknown := set(values) - set(self.takes):
            raise InvalidValues(
                {
                    name: [FieldError("unknown_field", _("There is no field “%(name)s”.") % {"name": name})]
                    for name in unknown
                }
            )
        module, _colon, function = self.action.partition(":")
        return getattr(import_module(module), function)(record, by=by, **values)


@dataclass(frozen=True, kw_only=True, repr=False)
class Object:
    """A kind of record.

    name, plural  one word each: permission, fact, table and API; the plural is the URL
    model         "app.Model"; a subclass of records.Record
    title         the text field that names a record
    subtitle      fields shown under the title
    columns       the list's columns until a member chooses others
    form          fields of the form and of the record page, in order; () means all that can be typed
    owned         rows have an owner and a team, and row scopes apply
    personal      a record is about its owner (a target, what they earned): handed over to nobody
    derived       the product makes its records from others: they are read, and its own verbs are done to
                  them, but by no door is one typed, imported or deleted, and no field of it is written
    private_until the timestamp until which a record is its owner's alone, whatever a role or a share says
    done          a timestamp field that says the record is finished (an activity's `done_at`)
    due, starts   moments by which it must be done, and at which it begins
    about         a field of links to the records that it concerns
    seen_with     of a part: a link whose record has to be seen, too, for the part bears its name
    part_of       the field that links to the record of which this one is a part (a quote's line). Who may see
                  or edit the whole may see or edit its parts; they have no owner, no tags and no place in the
                  navigation
    """

    name: str
    plural: str
    label: L
    plural_label: L
    icon: str
    model: str
    fields: Sequence[Field]
    title: str = "name"
    subtitle: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    sort: str = "-created_at"
    tone: str = "azurite"
    square: bool = False  # a company's sign is square, a person's round
    face: bool = True  # a record's sign is letters of its title; without a face it is the object's icon
    owned: bool = True
    personal: bool = False
    derived: bool = False
    private_until: str = ""
    taggable: bool = True
    pooled: bool = False  # may be in a pool: then it belongs to nobody, and the pool's members see it
    touched: bool = False  # has traffic: last_touch_at, rhythm_days, a pulse
    next_step: NextStep | None = None
    closes: str = ""  # the date by which it should be closed
    closed: str = ""  # the timestamp that says it is
    active: str = ""  # a filter: which records are to have an owner and a next step; "" is none of them
    done: str = ""
    due: str = ""
    starts: str = ""
    about: str = ""
    part_of: str = ""
    seen_with: str = ""
    board: Board | None = None
    verbs: tuple[Verb, ...] = ()
    group: str = ""  # of the navigation: "relations", "sales"; "" keeps it out
    opens: str = ""  # where the navigation leads, where that is a page of its own and not the list
    order: int = 100
    key: str = ""  # the letter after G that goes to its list
    kind: str = ""  # of an object that a workspace made: which rows of their common table are its records
    tab: int = 0  # place among the phone's tabs (2 to 4); 0 keeps it under More
    fields_by_name: Mapping[str, Field] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.part_of:
            object.__setattr__(self, "owned", False)
            object.__setattr__(self, "taggable", False)
            object.__setattr__(self, "group", "")
        named: dict[str, Field] = {}
        for one in (*self.fields, *self._common_fields()):
            if one.name in named:
                continue
            if one.object_name != self.name or (self.derived and not one.readonly):
                one = replace(one, object_name=self.name, readonly=one.readonly or self.derived)
            named[one.name] = one
        object.__setattr__(self, "fields_by_name", named)
        object.__setattr__(self, "fields", tuple(named.values()))

    def with_fields(self, more: Sequence[Field]) -> Object:
        """The same object with fields of a workspace's own, behind those that the noun declares."""
        common = {one.name for one in self._common_fields()}
        declared = [one for one in self.fields if one.name not in common]
        kept = [one for one in self.fields if one.name in common]
        form = (*self.form, *(one.name for one in more)) if self.form else ()
        return replace(self, fields=(*declared, *more, *kept), form=form)

    def _common_fields(self) -> list[Field]:
        common: list[Field] = []
        if self.owned:
            common += [
                MemberLink(name="owner", label=L("Owner", "负责人", "負責人"), synonyms=OWNER_SYNONYMS),
                TeamLink(
                    name="team",
                    label=L("Team", "团队", "團隊"),
                    synonyms=("department", "region", "部门", "部門"),
                ),
            ]
        if self.taggable:
            common.append(
                Tags(name="tags", label=L("Tags", "标签", "標籤"), synonyms=("labels", "tag", "标记"))
            )
        if self.pooled:
            common += _pool_fields()
        if self.touched:
            common += [
                DateTime(
                    name="last_touch_at", label=L("Last contact", "最近往来", "最近往來"), readonly=True
                ),
                Integer(name="rhythm_days", label=L("Usual rhythm", "往来节奏", "往來節奏"), readonly=True),
            ]
        return [
            *common,
            Text(
                name="external_id",
                label=L("Number elsewhere", "外部编号", "外部編號"),
                help=L("Its number in the system it came from", "它在原来系统里的编号", "它在原系統中的編號"),
                identifies=True,
                hidden=True,
                synonyms=("id", "record id", "external id", "编号", "編號"),
            ),
            Text(name="source", label=L("Source", "来源", "來源"), synonyms=("lead source", "客户来源")),
            DateTime(name="created_at", label=L("Created", "创建时间", "建立時間"), readonly=True),
            DateTime(name="updated_at", label=L("Changed", "更新时间", "更新時間"), readonly=True),
            MemberLink(
                name="created_by", label=L("Created by", "创建人", "建立者"), readonly=True, sortable=False
            ),
        ]

    def __repr__(self) -> str:
        return f"<Object {self.name}>"

    def field(self, name: str) -> Field:
        """The field of that name; raises KeyError."""
        return self.fields_by_name[name]

    def __getitem__(self, name: str) -> Field:
        return self.fields_by_name[name]

    def word_for(self, done: str) -> str:
        """What a fact of it is called: by its verb, or by the state that it tells of; "" for neither."""
        return self.word_of_verb(done) or self.word_of_state(done)

    def word_of_verb(self, done: str) -> str:
        """What a fact is called that a verb of it states: "confirmed"; "" where none does."""
        return next((str(one.fact_label) for one in self.verbs if one.done == done), "")

    def word_of_state(self, done: str) -> str:
        """What the state is called that a fact tells of: "Overdue"; "" where there is none."""
        status = self.fields_by_name.get("status")
        state = status.option(done) if isinstance(status, Choice) else None
        return "" if state is None else str(state.label)

    @cached_property
    def model_class(self) -> type[Record]:
        return cast("type[Record]", apps.get_model(self.model))

    @cached_property
    def never_empty(self) -> Mapping[str, Any]:
        """Fields whose column always has a value, with what it begins with; not texts, which begin empty."""
        found: dict[str, Any] = {}
        for column in self.model_class._meta.concrete_fields:
            if column.name in self.fields_by_name and not column.null and column.has_default():
                begins = column.get_default()
                if begins not in ("", [], {}):
                    found[column.name] = begins
        return found

    @cached_property
    def beginning(self) -> Sequence[Field]:
        """The workspace's fields that hold something in a new record of which nothing else is said."""
        return [one for one in self.fields if one.own and one.default is not None and not one.readonly]

    @cached_property
    def linking(self) -> Mapping[str, Sequence[Field]]:
        """The fields that lead to records of an object, by its name."""
        found: dict[str, list[Field]] = {}
        for one in self.fields:
            if one.type in ("link", "links"):
                found.setdefault(getattr(one, "to", ""), []).append(one)
        return found

    def rows(self) -> QuerySet[Any]:
        """All its records in the chosen workspace, whoever may see them: for the machinery only."""
        found: QuerySet[Any] = self.model_class.objects.all()
        return found.filter(kind=self.kind) if self.kind else found

    @property
    def table(self) -> str:
        return self.model_class._meta.db_table

    @property
    def whole(self) -> str:
        """The object of which this one's records are parts; "" for what stands by itself."""
        return str(getattr(self.fields_by_name[self.part_of], "to", "")) if self.part_of else ""

    @property
    def scoped(self) -> bool:
        """Whether who may see the object may not see all of its records."""
        return self.owned or bool(self.part_of)

    @property
    def title_field(self) -> Field:
        return self.fields_by_name[self.title]

    @property
    def form_fields(self) -> list[Field]:
        """Fields that a person types, in order."""
        names = self.form or tuple(self.fields_by_name)
        return [self.fields_by_name[name] for name in names if not self.fields_by_name[name].readonly]

    @property
    def writable(self) -> list[Field]:
        """Fields that doors may set."""
        return [one for one in self.fields if not one.readonly]

    def is_handed_over(self, changed: Iterable[str]) -> bool:
        """Whether only owner and team changed, and what follows from them: "assigned", not "changed"."""
        return all(HANDED.issuperset(self[name].follows or (name,)) for name in changed)

    @property
    def fact_verbs(self) -> dict[str, str]:
        """Verb → past tense: the engine's and the noun's own."""
        return {**ENGINE_VERBS, **{verb.name: verb.done for verb in self.verbs}}


def _pool_fields() -> list[Field]:
    return [
        Link(
            name="pool",
            label=L("Pool", "所属公海", "所屬公海"),
            to="pool",
            synonyms=("customer pool", "lead pool", "公海", "线索池", "公海池"),
        ),
        DateTime(
            name="pooled_at", label=L("In the pool since", "进入公海时间", "進入公海時間"), readonly=True
        ),
        Text(name="pool_reason", label=L("In the pool because", "入海原因", "進入公海原因"), readonly=True),
        MemberLink(name="pooled_from", label=L("Owner before", "前负责人", "前負責人"), readonly=True),
        DateTime(
            name="owned_since",
            label=L("Owned since", "归属时间", "歸屬時間"),
            readonly=True,
            hidden=True,
            follows=("owner",),
        ),
    ]


HANDED = frozenset({"owner", "team"})
OWNER_SYNONYMS = (
    "owner",
    "sales agent",
    "account owner",
    "rep",
    "salesperson",
    "assigned to",
    "所有人",
    "业务员",
    "跟进人",
)
ENGINE_VERBS: dict[str, str] = {
    "create": "created",
    "change": "changed",
    "assign": "assigned",
    "archive": "archived",
    "restore": "restored",
    "delete": "deleted",
}
