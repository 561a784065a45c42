"""The text of a formula as a tree; errors stand at the character where it stops making sense.

any        = all { "or" all }
all        = not { "and" not }
not        = "not" not | comparison
comparison = sum [ ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
sum        = product { ( "+" | "-" | "&" ) product }
product    = sign { ( "*" | "/" | "%" ) sign }
sign       = "-" sign | value
value      = number | "text" | true | false | null | field { "." field } | call | "(" any ")"
call       = function "(" any { "," any } ")"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

LONGEST = 2_000
MOST_NODES = 300
DEEPEST = 40

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d{1,15}(?:\.\d{1,10})?)
      | "(?P<text>(?:[^"\\]|\\.)*)"
      | (?P<name>[A-Za-z][A-Za-z0-9_]*)
      | (?P<sign><=|>=|!=|<>|==|[-+*/%&=<>(),.])
    )""",
    re.VERBOSE,
)
_SAME = {"==": "=", "<>": "!="}
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


class FormulaError(ValueError):
    """The text is no formula, or makes no sense; `at` is the character (from 0), `length` how far it goes."""

    def __init__(self, message: str, at: int, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.length = length


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any
    at: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Name:
    """A field, or one behind links: ("company", "city")."""

    path: tuple[str, ...]
    at: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    given: tuple[Node, ...]
    at: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Binary:
    sign: str
    left: Node
    right: Node
    at: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Unary:
    sign: str
    of: Node
    at: int
    length: int = 1


Node = Literal | Name | Call | Binary | Unary


class Token(NamedTuple):
    kind: str  # "number", "text", "name", "sign", "end"
    text: str
    at: int


@lru_cache(maxsize=2_000)
def parse_formula(source: str) -> Node:
    """The tree of a formula; raises FormulaError."""
    if len(source) > LONGEST:
        raise FormulaError(_("A formula may have %(most)d characters.") % {"most": LONGEST}, LONGEST)
    parser = _Parser(list(_tokens(source)))
    tree = parser.any(0)
    parser.expect_end()
    return tree


def names_in(tree: Node) -> Iterator[Name]:
    """Every field that a formula names, from left to right."""
    match tree:
        case Name():
            yield tree
        case Call():
            for one in tree.given:
                yield from names_in(one)
        case Binary():
            yield from names_in(tree.left)
            yield from names_in(tree.right)
        case Unary():
            yield from names_in(tree.of)


def calls_in(tree: Node) -> Iterator[str]:
    """Every function that a formula calls."""
    match tree:
        case Call():
            yield tree.function
            for one in tree.given:
                yield from calls_in(one)
        case Binary():
            yield from calls_in(tree.left)
            yield from calls_in(tree.right)
        case Unary():
            yield from calls_in(tree.of)


def _tokens(source: str) -> Iterator[Token]:
    at, end = 0, len(source.rstrip())
    while at < end:
        found = _TOKEN.match(source, at)
        if found is None:
            at += len(source[at:]) - len(source[at:].lstrip())
            if source[at] == '"':
                said = _("This text has no end: a quotation mark is missing.")
                raise FormulaError(said, at, len(source) - at)
            raise FormulaError(_("This sign has no meaning in a formula."), at)
        kind = str(found.lastgroup)
        text = found[kind]
        start = found.start(kind) - (kind == "text")
        yield Token(kind, _SAME.get(text, text) if kind == "sign" else text, start)
        at = found.end()
    yield Token("end", "", end)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._count = 0

    def any(self, depth: int) -> Node:
        return self._chain(("or",), self._all, depth)

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise FormulaError(_("The formula should have ended here."), self._next.at, len(self._next.text))

    def _all(self, depth: int) -> Node:
        return self._chain(("and",), self._not, depth)

    def _not(self, depth: int) -> Node:
        if self._word("not"):
            token = self._take()
            return self._made(Unary("not", self._not(self._deeper(depth)), token.at, 3))
        return self._comparison(depth)

    def _comparison(self, depth: int) -> Node:
        left = self._sum(depth)
        if self._next.kind == "sign" and self._next.text in COMPARISONS:
            token = self._take()
            return self._made(Binary(token.text, left, self._sum(depth), token.at, len(token.text)))
        return left

    def _sum(self, depth: int) -> Node:
        return self._chain(("+", "-", "&"), self._product, depth)

    def _product(self, depth: int) -> Node:
        return self._chain(("*", "/", "%"), self._sign, depth)

    def _sign(self, depth: int) -> Node:
        if self._next.kind == "sign" and self._next.text == "-":
            token = self._take()
            return self._made(Unary("-", self._sign(self._deeper(depth)), token.at))
        return self._value(self._deeper(depth))

    def _value(self, depth: int) -> Node:
        token = self._take()
        length = max(len(token.text), 1)
        if token.kind == "number":
            return self._made(Literal(Decimal(token.text), token.at, length))
        if token.kind == "text":
            return self._made(Literal(re.sub(r"\\(.)", r"\1", token.text), token.at, length + 2))
        if token.kind == "sign" and token.text == "(":
            inner = self.any(depth)
            self._expect(")")
            return inner
        if token.kind != "name" or token.text in ("and", "or", "not"):
            said = _("A value is missing here.") if token.kind == "end" else _("A value should stand here.")
            raise FormulaError(said, token.at, length)
        if token.text.lower() in _WORDS:
            return self._made(Literal(_WORDS[token.text.lower()], token.at, length))
        if self._is("("):
            return self._call(token, depth)
        path = [token.text]
        while self._is("."):
            self._take()
            part = self._take()
            if part.kind != "name":
                raise FormulaError(_("The name of a field should stand here."), part.at)
            path.append(part.text)
        return self._made(Name(tuple(path), token.at, len(".".join(path))))

    def _call(self, name: Token, depth: int) -> Node:
        self._take()
        given: list[Node] = []
        while not self._is(")"):
            given.append(self.any(depth))
            if not self._is(")"):
                self._expect(",")
        self._take()
        return self._made(Call(name.text.lower(), tuple(given), name.at, len(name.text)))

    def _chain(self, signs: tuple[str, ...], part: Any, depth: int) -> Node:
        left: Node = part(depth)
        while self._next.text in signs and self._next.kind in ("sign", "name"):
            token = self._take()
            left = self._made(Binary(token.text, left, part(depth), token.at, len(token.text)))
        return left

    def _made(self, node: Node) -> Node:
        self._count += 1
        if self._count > MOST_NODES:
            raise FormulaError(
                _("The formula is too long. Put a part of it into a field of its own."), node.at
            )
        return node

    def _deeper(self, depth: int) -> int:
        if depth >= DEEPEST:
            raise FormulaError(_("There are too many parentheses within each other."), self._next.at)
        return depth + 1

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._tokens[self._place]
        if token.kind != "end":
            self._place += 1
        return token

    def _is(self, sign: str) -> bool:
        return self._next.kind == "sign" and self._next.text == sign

    def _word(self, word: str) -> bool:
        return self._next.kind == "name" and self._next.text == word

    def _expect(self, sign: str) -> None:
        if not self._is(sign):
            raise FormulaError(_("“%(sign)s” should stand here.") % {"sign": sign}, self._next.at)
        self._take()


_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
