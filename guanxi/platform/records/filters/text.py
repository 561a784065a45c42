"""The text form, as in a URL or a file.

owner = me and created_at >= -30d
(city = 杭州 or city = 上海) and not tags in (17, 23)
amount between (1000, 5000) and company.industry = "water"
lost_reason is empty

filter     = any
any        = all { "or" all }
all        = part { "and" part }
part       = "not" part | "(" any ")" | condition
condition  = field sign value | field word value | field "is" ["not"] "empty"
sign       = "=" "!=" "<" "<=" ">" ">="
word       = "in" | "not in" | "contains" | "starts" | "between" | "below"
value      = bare word | "quoted, with \\" inside" | "(" value { "," value } ")"
"""

from __future__ import annotations

import re
from typing import NamedTuple

from django.utils.translation import gettext as _

from guanxi.platform.metadata.fields import Operator
from guanxi.platform.records.filters.tree import All, Any, Condition, Filter, Not, Operand

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign><=|>=|!=|<|>|=|\(|\)|,)
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<word>[^\s()<>=!,"]+)
    )""",
    re.VERBOSE,
)
_SIGNS: dict[str, Operator] = {"=": "is", "!=": "is_not", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_PRINTED = {operator: sign for sign, operator in _SIGNS.items()}
_WORDS: dict[str, Operator] = {
    "in": "in",
    "contains": "contains",
    "starts": "starts",
    "between": "between",
    "below": "below",
}
_KEYWORDS = {"and", "or", "not", "is", "empty", *_WORDS}
MOST_CONDITIONS = 50
MOST_LENGTH = 8_000
MOST_DEPTH = 8


class FilterSyntaxError(ValueError):
    """The text is no filter; `at` is the character (from 0) where it stops making sense."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Token(NamedTuple):
    kind: str  # "sign", "word", "quoted", "end"
    text: str
    at: int


def parse_filter(text: str) -> Filter:
    """The tree of a text; an empty text is `All()`. Raises FilterSyntaxError."""
    if len(text) > MOST_LENGTH:
        raise FilterSyntaxError(_("The filter is too long."), MOST_LENGTH)
    if not text.strip():
        return All()
    if (at := text.find("\0")) >= 0:  # PostgreSQL has no such text
        raise FilterSyntaxError(_("This sign has no meaning here."), at)
    parser = _Parser(_tokens(text))
    tree = parser.any(0)
    parser.expect_end()
    return tree


def print_filter(tree: Filter) -> str:
    """The text that `parse_filter` turns into this tree again."""
    if isinstance(tree, Condition):
        return _print_condition(tree)
    if isinstance(tree, Not):
        return f"not ({print_filter(tree.part)})"
    word = " or " if isinstance(tree, Any) else " and "
    return word.join(
        f"({print_filter(part)})" if isinstance(part, All | Any) else print_filter(part)
        for part in tree.parts
    )


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.index = 0
        self.count = 0

    def any(self, depth: int) -> Filter:
        if depth > MOST_DEPTH:
            raise FilterSyntaxError(_("The filter is nested too deep."), self.here.at)
        parts = [self.all(depth)]
        while self.take_word("or"):
            parts.append(self.all(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def all(self, depth: int) -> Filter:
        parts = [self.part(depth)]
        while self.take_word("and"):
            parts.append(self.part(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def part(self, depth: int) -> Filter:
        if depth > MOST_DEPTH:
            raise FilterSyntaxError(_("The filter is nested too deep."), self.here.at)
        if self.take_word("not"):
            return Not(self.part(depth + 1))
        if self.take_sign("("):
            inner = self.any(depth + 1)
            if not self.take_sign(")"):
                raise FilterSyntaxError(_("A closing bracket is missing."), self.here.at)
            return inner
        return self.condition()

    def condition(self) -> Condition:
        self.count += 1
        if self.count > MOST_CONDITIONS:
            raise FilterSyntaxError(_("The filter has too many conditions."), self.here.at)
        name = self.next()
        if name.kind != "word" or name.text in _KEYWORDS:
            raise FilterSyntaxError(_("The name of a field is expected here."), name.at)
        sign = self.next()
        if sign.kind == "sign" and sign.text in _SIGNS:
            return Condition(name.text, _SIGNS[sign.text], self.value())
        if sign.kind == "word" and sign.text == "is":
            negated = self.take_word("not")
            if not self.take_word("empty"):
                raise FilterSyntaxError(_("“empty” is expected here."), self.here.at)
            return Condition(name.text, "not_empty" if negated else "empty")
        if sign.kind == "word" and sign.text == "not" and self.take_word("in"):
            return Condition(name.text, "not_in", self.values())
        if sign.kind == "word" and sign.text in _WORDS:
            operator = _WORDS[sign.text]
            return Condition(
                name.text, operator, self.values() if operator in ("in", "between") else self.value()
            )
        raise FilterSyntaxError(_("A comparison is expected here."), sign.at)

    def value(self) -> str:
        token = self.next()
        if token.kind in ("word", "quoted"):
            return token.text
        raise FilterSyntaxError(_("A value is expected here."), token.at)

    def values(self) -> Operand:
        if not self.take_sign("("):
            return [self.value()]
        found: list[str | int | float | bool | None] = [self.value()]
        while self.take_sign(","):
            found.append(self.value())
        if not self.take_sign(")"):
            raise FilterSyntaxError(_("A closing bracket is missing."), self.here.at)
        return found

    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    def next(self) -> Token:
        token = self.here
        if token.kind != "end":
            self.index += 1
        return token

    def take_word(self, word: str) -> bool:
        return self._take("word", word)

    def take_sign(self, sign: str) -> bool:
        return self._take("sign", sign)

    def _take(self, kind: str, text: str) -> bool:
        if self.here.kind == kind and self.here.text == text:
            self.index += 1
            return True
        return False

    def expect_end(self) -> None:
        if self.here.kind != "end":
            raise FilterSyntaxError(_("“and” or “or” is expected here."), self.here.at)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if not found or found.end() == at:
            raise FilterSyntaxError(_("This sign has no meaning here."), at)
        kind = found.lastgroup or "end"
        value = found[kind]
        tokens.append(
            Token(kind, re.sub(r"\\(.)", r"\1", value) if kind == "quoted" else value, found.start(kind))
        )
        at = found.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _print_condition(one: Condition) -> str:
    if one.operator in ("empty", "not_empty"):
        return f"{one.field} is {'not ' if one.operator == 'not_empty' else ''}empty"
    word = _PRINTED.get(one.operator) or one.operator.replace("_", " ")
    if isinstance(one.value, list):
        return f"{one.field} {word} ({', '.join(_print_value(value) for value in one.value)})"
    return f"{one.field} {word} {_print_value(one.value)}"


def _print_value(value: Operand) -> str:
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if text and text not in _KEYWORDS and re.fullmatch(r"[^\s()<>=!,\"\\]+", text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
