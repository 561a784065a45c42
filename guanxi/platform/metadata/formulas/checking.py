"""Which kind of value a formula gives, or what is wrong with it and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal as Words

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.metadata.fields import Field, Link, Share
from guanxi.platform.metadata.formulas.language import (
    Binary,
    Call,
    FormulaError,
    Literal,
    Name,
    Node,
    Unary,
    calls_in,
    names_in,
    parse_formula,
)
from guanxi.platform.metadata.formulas.patterns import wrong_with
from guanxi.platform.metadata.objects import Object

Kind = Words["number", "text", "boolean", "date", "moment", "list", "link", "nothing"]
DEEPEST_PATH = 3

_KINDS: dict[str, Kind] = {
    "text": "text",
    "long_text": "text",
    "rich_text": "text",
    "person": "text",
    "address": "text",
    "url": "text",
    "choice": "text",
    "auto_number": "text",
    "integer": "number",
    "decimal": "number",
    "percent": "number",
    "duration": "number",
    "rating": "number",
    "money": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "moment",
    "link": "link",
    "member": "link",
    "team": "link",
    "choices": "list",
    "links": "list",
    "tags": "list",
    "phones": "list",
    "emails": "list",
    "addresses": "list",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A formula that makes sense.

    kind    what it gives
    paths   the fields that it reads
    timely  it asks for today or now, so its value changes by itself
    like    the field, an amount or a percentage, as which the number is shown; None for a bare number
    """

    tree: Node
    kind: Kind
    paths: tuple[tuple[str, ...], ...]
    timely: bool
    like: Field | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """least and most: how many values it takes; kind: what it gives, by the kinds it was given."""

    least: int
    most: int
    kind: Callable[[Sequence[Kind], Call], Kind]


def kind_of_field(field: Field | type[Field]) -> Kind | None:
    """What a field is in a formula; None for one that formulas can't read."""
    return _KINDS.get(field.type)


def check_formula(source: str, obj: Object, *, find: Callable[[str], Object | None]) -> Checked:
    """Raises FormulaError with the place. `find` gives the objects that links lead to."""
    tree = parse_formula(source)
    checker = _Checker(obj, find)
    kind = checker.kind(tree)
    paths = tuple(dict.fromkeys(one.path for one in names_in(tree)))
    like = checker.like(tree) if kind == "number" else None
    return Checked(tree, kind, paths, bool({"today", "now"} & set(calls_in(tree))), like)


class _Checker:
    def __init__(self, obj: Object, find: Callable[[str], Object | None]) -> None:
        self._obj = obj
        self._find = find

    def kind(self, node: Node) -> Kind:
        match node:
            case Literal():
                return _literal(node)
            case Name():
                return self._name(node)
            case Unary(sign="-"):
                self._want(node.of, ("number",))
                return "number"
            case Unary():
                self._want(node.of, ("boolean",))
                return "boolean"
            case Call():
                return self._call(node)
            case Binary():
                return self._binary(node)

    def like(self, node: Node) -> Field | None:
        """The field as which a number that makes sense is shown: the sum of two amounts is one, and so is an
        amount times a number; an amount for an amount is a bare number. What is counted with a percentage
        (1 - discount / 100) is none."""
        match node:
            case Name():
                field = self._field(node)
                return field if field.type in ("money", "percent") or isinstance(field, Share) else None
            case Unary(sign="-"):
                return self.like(node.of)
            case Call(function="if"):
                return self._one_like(node.given[1:])
            case Call(function="coalesce" | "min" | "max"):
                return self._one_like(node.given)
            case Call(function="round" | "floor" | "ceil" | "abs"):
                return self.like(node.given[0])
            case Binary(sign="+" | "-"):
                return self._one_like((node.left, node.right))
            case Binary(sign="*" | "/"):
                amounts = [self._amount(node.left), self._amount(node.right)]
                if None not in amounts:
                    return None
                return amounts[0] or (amounts[1] if node.sign == "*" else None)
        return None

    def _amount(self, node: Node) -> Field | None:
        found = self.like(node)
        return found if found is not None and found.type == "money" else None

    def _one_like(self, nodes: Sequence[Node]) -> Field | None:
        """What all are that are not bare numbers; of percentages the one with most decimals."""
        found = [one for one in map(self.like, nodes) if one is not None]
        if len({one.type == "money" for one in found}) != 1:
            return None
        return max(found, key=lambda one: getattr(one, "digits", None) or 0)

    def _name(self, node: Name) -> Kind:
        field = self._field(node)
        kind = kind_of_field(field)
        if kind is None:
            said = _("A formula can't read “%(name)s”.") % {"name": field.label}
            raise FormulaError(said, node.at, node.length)
        return kind

    def _field(self, node: Name) -> Field:
        obj: Object | None = self._obj
        if len(node.path) > DEEPEST_PATH:
            raise FormulaError(_("A formula follows two links at most."), node.at, node.length)
        for at, part in enumerate(node.path):
            field = obj.fields_by_name.get(part) if obj is not None else None
            if field is None or field.type == "about":
                raise FormulaError(
                    _("There is no field “%(name)s” on %(object)s.")
                    % {"name": part, "object": obj.label if obj else ""},
                    node.at + len(".".join(node.path[:at])) + (at > 0),
                    len(part),
                )
            if at == len(node.path) - 1:
                return field
            if not isinstance(field, Link) or (obj := self._find(field.to)) is None:
                raise FormulaError(_("“%(name)s” leads nowhere.") % {"name": part}, node.at, node.length)
        raise AssertionError("a path has parts")

    def _call(self, node: Call) -> Kind:
        found = FUNCTIONS.get(node.function)
        if found is None:
            said = _("There is no function “%(name)s”.") % {"name": node.function}
            raise FormulaError(said, node.at, node.length)
        if not found.least <= len(node.given) <= found.most:
            said = _("%(name)s takes %(least)d to %(most)d values.")
            if found.least == found.most:
                said = ngettext(
                    "%(name)s takes %(most)d value.", "%(name)s takes %(most)d values.", found.most
                )
            words = {"name": node.function, "least": found.least, "most": found.most}
            raise FormulaError(said % words, node.at, node.length)
        return found.kind([self.kind(one) for one in node.given], node)

    def _binary(self, node: Binary) -> Kind:
        left, right = self.kind(node.left), self.kind(node.right)
        if node.sign in ("and", "or"):
            _wanted(node.left, left, ("boolean",))
            _wanted(node.right, right, ("boolean",))
            return "boolean"
        if node.sign in ("=", "!=", "<", "<=", ">", ">="):
            if _one(node.left, left, node.right, right) in ("list", "link"):
                raise FormulaError(_("This can't be compared."), node.at, node.length)
            return "boolean"
        if node.sign == "&":
            for part, kind in ((node.left, left), (node.right, right)):
                _wanted(part, kind, ("text", "number", "boolean", "date", "moment"))
            return "text"
        if node.sign in ("+", "-") and left in ("date", "moment"):
            if node.sign == "-" and right == left:
                return "number"
            _wanted(node.right, right, ("number",))
            return left
        if node.sign == "+" and "text" in (left, right):
            raise FormulaError(_("Texts are joined with “&”."), node.at)
        _wanted(node.left, left, ("number",))
        _wanted(node.right, right, ("number",))
        return "number"

    def _want(self, node: Node, kinds: Sequence[Kind]) -> None:
        _wanted(node, self.kind(node), kinds)


def kind_words(kind: Kind) -> str:
    """A kind as people call it."""
    return {
        "number": _("a number"),
        "text": _("a text"),
        "boolean": _("yes or no"),
        "date": _("a date"),
        "moment": _("a date and time"),
        "list": _("a list"),
        "link": _("a link"),
        "nothing": _("nothing"),
    }[kind]


def _literal(node: Literal) -> Kind:
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return "boolean"
    return "text" if isinstance(node.value, str) else "number"


def _wanted(node: Node, kind: Kind, wanted: Sequence[Kind]) -> None:
    if kind != "nothing" and kind not in wanted:
        said = _("This should be %(wanted)s, not %(kind)s.") % {
            "wanted": kind_words(wanted[0]),
            "kind": kind_words(kind),
        }
        raise FormulaError(said, node.at, node.length)


def _one(left: Node, first: Kind, right: Node, second: Kind) -> Kind:
    """The kind that both have."""
    if first == "nothing" or second == "nothing" or first == second:
        return second if first == "nothing" else first
    said = _("These two are not of one kind: %(left)s and %(right)s.") % {
        "left": kind_words(first),
        "right": kind_words(second),
    }
    raise FormulaError(said, right.at, right.length)


def _all_one(kinds: Sequence[Kind], call: Call, first: int = 0) -> Kind:
    kind: Kind = "nothing"
    for node, found in list(zip(call.given, kinds, strict=True))[first:]:
        kind = _one(call, kind, node, found)
    return kind


def _takes(gives: Kind, *wanted: Sequence[Kind]) -> Callable[[Sequence[Kind], Call], Kind]:
    """A function whose values have fixed kinds; the last one holds for all that follow."""

    def check(kinds: Sequence[Kind], call: Call) -> Kind:
        for at, (node, kind) in enumerate(zip(call.given, kinds, strict=True)):
            _wanted(node, kind, wanted[min(at, len(wanted) - 1)])
        return gives

    return check


def _if(kinds: Sequence[Kind], call: Call) -> Kind:
    _wanted(call.given[0], kinds[0], ("boolean",))
    return _all_one(kinds, call, 1)


def _extreme(kinds: Sequence[Kind], call: Call) -> Kind:
    for node, kind in zip(call.given, kinds, strict=True):
        _wanted(node, kind, ("number", "date", "moment"))
    return _all_one(kinds, call)


def _any_kind(gives: Kind) -> Callable[[Sequence[Kind], Call], Kind]:
    return lambda kinds, call: gives


_NUMBER: Sequence[Kind] = ("number",)
_TEXT: Sequence[Kind] = ("text",)
_DAY: Sequence[Kind] = ("date", "moment")
FUNCTIONS: dict[str, Function] = {
    "if": Function(3, 3, _if),
    "coalesce": Function(2, 10, lambda kinds, call: _all_one(kinds, call)),
    "empty": Function(1, 1, _any_kind("boolean")),
    "round": Function(1, 2, _takes("number", _NUMBER)),
    "floor": Function(1, 1, _takes("number", _NUMBER)),
    "ceil": Function(1, 1, _takes("number", _NUMBER)),
    "abs": Function(1, 1, _takes("number", _NUMBER)),
    "min": Function(2, 10, _extreme),
    "max": Function(2, 10, _extreme),
    "number": Function(1, 1, _takes("number", ("text", "number"))),
    "text": Function(1, 1, _takes("text", ("text", "number", "boolean", "date", "moment"))),
    "len": Function(1, 1, _takes("number", ("text", "list"))),
    "upper": Function(1, 1, _takes("text", _TEXT)),
    "lower": Function(1, 1, _takes("text", _TEXT)),
    "trim": Function(1, 1, _takes("text", _TEXT)),
    "left": Function(2, 2, _takes("text", _TEXT, _NUMBER)),
    "right": Function(2, 2, _takes("text", _TEXT, _NUMBER)),
    "replace": Function(3, 3, _takes("text", _TEXT)),
    "contains": Function(2, 2, _takes("boolean", ("text", "list"), _TEXT)),
    "starts": Function(2, 2, _takes("boolean", _TEXT)),
    "matches": Function(2, 2, lambda kinds, call: _matches(kinds, call)),
    "today": Function(0, 0, _any_kind("date")),
    "now": Function(0, 0, _any_kind("moment")),
    "date": Function(1, 3, lambda kinds, call: _date(kinds, call)),
    "year": Function(1, 1, _takes("number", _DAY)),
    "month": Function(1, 1, _takes("number", _DAY)),
    "day": Function(1, 1, _takes("number", _DAY)),
    "weekday": Function(1, 1, _takes("number", _DAY)),
    "add_months": Function(2, 2, _takes("date", ("date",), _NUMBER)),
}


def _matches(kinds: Sequence[Kind], call: Call) -> Kind:
    """A pattern is written out, so that what is wrong with it is said here and not at some record."""
    _takes("boolean", _TEXT)(kinds, call)
    pattern = call.given[1]
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
        raise FormulaError(_("A pattern is written in quotes."), pattern.at, pattern.length)
    if problem := wrong_with(pattern.value):
        said = _("This is no pattern: %(problem)s.") % {"problem": problem}
        raise FormulaError(said, pattern.at, pattern.length)
    return "boolean"


def _date(kinds: Sequence[Kind], call: Call) -> Kind:
    if len(kinds) == 1:
        _wanted(call.given[0], kinds[0], ("moment", "date"))
    elif len(kinds) == 3:
        _takes("date", _NUMBER)(kinds, call)
    else:
        said = _("date takes a moment, or a year, a month and a day.")
        raise FormulaError(said, call.at, call.length)
    return "date"
