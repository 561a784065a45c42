"""The types that a workspace may give a field: what each is called and which settings it takes.

To add a type of field: a class in `fields/`, a line here, and a control and a cell where the usual ones do
not serve (CONTRIBUTING.md, “Add a field type”).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.numbers import comma_list, read_whole
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import (
    Address,
    Addresses,
    AutoNumber,
    Boolean,
    Choice,
    Choices,
    Date,
    DateTime,
    Decimal,
    Duration,
    Emails,
    Field,
    File,
    Image,
    Integer,
    Json,
    Link,
    Links,
    LongText,
    MemberLink,
    Money,
    Option,
    Percent,
    PersonName,
    Phones,
    Rating,
    RichText,
    Share,
    Tags,
    TeamLink,
    Text,
    Url,
)
from guanxi.platform.metadata.fields.text import printable

Settings = Mapping[str, Any]
Read = Callable[[Settings], dict[str, Any]]

TONES = ("", "azurite", "malachite", "ochre", "gamboge", "rouge", "indigo", "cinnabar")
MOST_OPTIONS = 200
MOST_DIGITS = 4
_VALUE = re.compile(r"[\w.\-]{1,60}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of field.

    field      the class behind it
    exact      the class behind it where settings say how many decimals are shown; None where it is the same
    read       settings as somebody gave them → settings as they are kept; raises FieldError
    given      kept settings → arguments of the class
    tells_apart  a value may be asked to be unique
    """

    field: type[Field]
    label: L
    icon: str
    read: Read = lambda settings: {}
    given: Read = dict
    tells_apart: bool = False
    defaults: bool = True
    computed: bool = False
    named: str = ""
    exact: type[Field] | None = None

    @property
    def name(self) -> str:
        return self.named or self.field.type

    def field_for(self, settings: Settings) -> type[Field]:
        """The class behind a field with these settings."""
        return self.exact if self.exact is not None and "digits" in settings else self.field


def kind_of(name: str) -> Kind:
    """The type of that name; raises FieldError."""
    found = KINDS.get(name)
    if found is None:
        raise FieldError("type", _("There is no type of field called “%(name)s”.") % {"name": name[:40]})
    return found


def read_label(value: Any, *, most: int = 200) -> dict[str, str]:
    """A label as somebody gave it, one text or one for each language → as it is kept; raises FieldError."""
    given = value if isinstance(value, Mapping) else {"en": value, "zh-hans": value, "zh-hant": value}
    if set(given) - {"en", "zh-hans", "zh-hant"}:
        raise FieldError("label", _("A label has “en”, “zh-hans” and “zh-hant”."))
    found: dict[str, str] = {}
    for language, text in given.items():
        if text is None:
            continue
        if not isinstance(text, str) or len(text) > most:
            raise FieldError("label", _("A name may have %(most)d characters.") % {"most": most})
        if words := " ".join(printable(text).split()):
            found[language] = words
    return found


def label_of(kept: Mapping[str, str]) -> L:
    return L(kept.get("en", ""), kept.get("zh-hans", ""), kept.get("zh-hant", ""))


def spoken(label: Mapping[str, str]) -> str:
    """The words from which a name for programs is made: English ones where there are any."""
    return label.get("en") or next((word for word in label.values() if word), "")


def options_of(settings: Settings) -> tuple[Option, ...]:
    """Kept options as a choice has them."""
    return tuple(
        Option(one["value"], label_of(one["label"]), one.get("tone", ""), archived=bool(one.get("archived")))
        for one in settings.get("options", ())
    )


def _bounds(settings: Settings) -> dict[str, Any]:
    """`least` and `most`, whole numbers."""
    found = {}
    for name in ("least", "most"):
        value = settings.get(name)
        if value in (None, ""):
            continue
        said = value.strip() if isinstance(value, str) else value
        below = isinstance(said, str) and said.startswith("-")
        number = read_whole(said[1:] if below else said, least=-(10**14), most=10**14)
        if isinstance(said, int) and not isinstance(said, bool) and abs(said) <= 10**14:
            number = said
        if number is None:
            words = _("“%(value)s” is not a number.") % {"value": said[:40] if isinstance(said, str) else "…"}
            raise FieldError("settings", words)
        found[name] = -number if below else number
    if found.get("least", 0) > found.get("most", found.get("least", 0)):
        raise FieldError("settings", _("The least must not be above the most."))
    return found


def _digits(settings: Settings) -> dict[str, Any]:
    """`digits`, how many decimals are shown; without them a number has as many as it has, a share none."""
    value = settings.get("digits")
    if value in (None, ""):
        return {}
    digits = read_whole(value.strip() if isinstance(value, str) else value, least=0, most=MOST_DIGITS)
    if digits is None:
        raise FieldError("settings", _("A number has 0 to %(most)d decimal places.") % {"most": MOST_DIGITS})
    return {"digits": digits}


def _number(settings: Settings) -> dict[str, Any]:
    return {**_bounds(settings), **_digits(settings)}


def _length(settings: Settings) -> dict[str, Any]:
    value = settings.get("max_length")
    if value in (None, ""):
        return {}
    length = read_whole(value, least=1, most=500)
    if length is None:
        raise FieldError("settings", _("A text may have 1 to 500 characters."))
    return {"max_length": length}


def _options(settings: Settings) -> dict[str, Any]:
    """Options with a value each, made from the label where none is given."""
    given = settings.get("options") or []
    if not isinstance(given, list) or len(given) > MOST_OPTIONS:
        raise FieldError("options", _("A choice may have %(most)d options.") % {"most": MOST_OPTIONS})
    found: list[dict[str, Any]] = []
    taken: set[str] = set()
    words: set[str] = set()
    for one in given:
        option = _option(one, taken)
        said = {word.casefold() for word in option["label"].values()}
        if words & said:
            raise FieldError("options", _("Two options are called “%(name)s”.") % {"name": min(words & said)})
        words |= said
        taken.add(option["value"])
        found.append(option)
    if not found:
        raise FieldError("options", _("A choice needs options."))
    return {"options": found}


def _option(given: Any, taken: set[str]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        given = {"label": given}
    label = read_label(given.get("label"), most=80)
    value = str(given.get("value") or "")
    if not label:
        raise FieldError("options", _("An option needs a name."))
    if value and (not _VALUE.fullmatch(value) or value in taken):
        raise FieldError("options", _("Two options are called “%(name)s”.") % {"name": value[:40]})
    if not value:
        value = free_name(spoken(label), taken, otherwise="option")
    tone = str(given.get("tone") or "")
    if tone not in TONES:
        raise FieldError("options", _("That is no colour of ours."))
    return {"value": value, "label": label, "tone": tone, "archived": bool(given.get("archived"))}


def free_name(label: str, taken: set[str] | frozenset[str], *, otherwise: str) -> str:
    """A word for programs from what people read: “Credit limit” → credit_limit, 设备 → she_bei."""
    from guanxi.platform.i18n.folding import fold
    from guanxi.platform.i18n.pinyin import is_han, syllables

    folded = fold(label)
    spoken = folded
    if any(is_han(sign) for sign in folded):
        spoken = "".join(
            f" {sound} " if is_han(sign) else sign
            for sign, sound in zip(folded, syllables(folded), strict=False)
        )
    latin = re.sub(r"[^a-z0-9]+", "_", spoken.encode("ascii", "ignore").decode().lower())
    plain = latin.strip("_")[:36].strip("_")
    plain = plain if plain[:1].isalpha() else f"{otherwise}_{plain}"[:36].strip("_")
    found, count = plain, 2
    while found in taken:
        found, count = f"{plain}_{count}", count + 1
    return found


def _target(settings: Settings) -> dict[str, Any]:
    from guanxi.platform.metadata import registry

    to = str(settings.get("to") or "")
    if not registry.has(to):
        raise FieldError("settings", _("Say which object the field leads to."))
    return {"to": to}


def _targets(settings: Settings) -> dict[str, Any]:
    return {**_target(settings), "back": read_label(settings.get("back") or {})}


def _targets_given(settings: Settings) -> dict[str, Any]:
    back = settings.get("back") or {}
    return {"to": settings["to"], **({"back": label_of(back)} if back else {})}


def _stars(settings: Settings) -> dict[str, Any]:
    found = _bounds({"most": settings.get("most")})
    if not 1 <= found.get("most", 5) <= 10:
        raise FieldError("settings", _("A rating has 1 to 10 stars."))
    return found


def read_pattern(settings: Settings) -> dict[str, Any]:
    """`EQ-{year}-{number:4}`; where it begins anew, the pattern must say of which year and month it is."""
    pattern = str(settings.get("pattern") or "{number}").strip()
    reset = _one_of(settings.get("reset") or "", ("", "year", "month"))
    rest = _PARTS.sub("", pattern)
    if len(pattern) > 60 or "{number" not in pattern or "{" in rest or "}" in rest or not rest.isprintable():
        raise FieldError("settings", _("A pattern has {number}, for example EQ-{year}-{number:4}."))
    needed = {"": (), "year": ("{year}",), "month": ("{year}", "{month}")}[reset]
    if any(part not in pattern for part in needed):
        raise FieldError("settings", _("A number that begins anew has its {year}, and its {month}, in it."))
    return {"pattern": pattern, "reset": reset}


def _pattern_given(settings: Settings) -> dict[str, Any]:
    return {**settings, "readonly": True}


_PARTS = re.compile(r"\{(?:year|month|number(?::[1-9])?)\}")
RESULTS = ("decimal", "integer", "percent", "money", "text", "boolean", "date", "datetime")
ROLL_UPS = ("count", "sum", "average", "min", "max", "first", "last")


def _formula(settings: Settings) -> dict[str, Any]:
    """The text; what it gives is found by checking it, unless a number is to be shown in some way."""
    source = str(settings.get("formula") or "").strip()
    if not source:
        raise FieldError("formula", _("Write a formula."))
    return {
        "formula": source,
        "result": _one_of(settings.get("result") or "", ("", *RESULTS)),
        **_digits(settings),
        **_told(settings),
    }


def _roll_up(settings: Settings) -> dict[str, Any]:
    found = {name: str(settings.get(name) or "").strip() for name in ("of", "link", "field", "filter")}
    return {**found, "do": _one_of(settings.get("do") or "count", ROLL_UPS), **_told(settings)}


def _lookup(settings: Settings) -> dict[str, Any]:
    return {name: str(settings.get(name) or "").strip() for name in ("link", "field")} | _told(settings)


def _told(settings: Settings) -> dict[str, Any]:
    """Whether what follows from other records is shown to those, too, who may not see them all."""
    return {"for_all": True} if settings.get("for_all") in (True, "on", "true") else {}


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise FieldError(
            "settings", _("Choose one of: %(words)s.") % {"words": comma_list(filter(None, allowed))}
        )
    return str(value)


def _with_options(settings: Settings) -> dict[str, Any]:
    return {"options": options_of(settings)}


_KINDS = (
    Kind(Text, L("Text", "文本", "文字"), "type", _length, tells_apart=True),
    Kind(LongText, L("Long text", "多行文本", "多行文字"), "text-cursor-input"),
    Kind(RichText, L("Formatted text", "富文本", "格式化文字"), "pilcrow", defaults=False),
    Kind(PersonName, L("Name of a person", "人名", "人名"), "contact-round", defaults=False),
    Kind(Integer, L("Whole number", "整数", "整數"), "hash", _bounds, tells_apart=True),
    Kind(Decimal, L("Number", "数字", "數字"), "hash", _number),
    Kind(Percent, L("Percent", "百分比", "百分比"), "percent", _digits, exact=Share),
    Kind(Money, L("Amount", "金额", "金額"), "circle-dollar-sign"),
    Kind(Date, L("Date", "日期", "日期"), "calendar"),
    Kind(DateTime, L("Date and time", "日期和时间", "日期與時間"), "calendar-clock"),
    Kind(Duration, L("Duration", "时长", "時間長度"), "hourglass"),
    Kind(Boolean, L("Yes or no", "是否", "是否"), "toggle-left"),
    Kind(Choice, L("Choice", "单选", "單選"), "circle-chevron-down", _options, _with_options),
    Kind(Choices, L("Several choices", "多选", "多選"), "list-checks", _options, _with_options),
    Kind(Tags, L("Tags", "标签", "標籤"), "tag", defaults=False),
    Kind(Url, L("Web address", "网址", "網址"), "globe", tells_apart=True),
    Kind(Emails, L("Emails", "邮箱", "電子郵件"), "mail", tells_apart=True, defaults=False),
    Kind(Phones, L("Phones", "电话", "電話"), "phone", tells_apart=True, defaults=False),
    Kind(Address, L("Address", "地址", "地址"), "map-pin", defaults=False),
    Kind(Addresses, L("Several addresses", "多个地址", "多個地址"), "map-pinned", defaults=False),
    Kind(File, L("File", "文件", "檔案"), "paperclip", defaults=False),
    Kind(Image, L("Picture", "图片", "圖片"), "image", defaults=False),
    Kind(MemberLink, L("Member", "成员", "成員"), "user-round", defaults=False),
    Kind(TeamLink, L("Team", "团队", "團隊"), "network", defaults=False),
    Kind(Link, L("Link to a record", "关联记录", "關聯記錄"), "link-2", _target, defaults=False),
    Kind(
        Links, L("Links to several", "关联多条", "關聯多筆"), "link", _targets, _targets_given, defaults=False
    ),
    Kind(Rating, L("Rating", "评分", "評分"), "star", _stars),
    Kind(
        AutoNumber, L("Number by itself", "自动编号", "自動編號"), "list-ordered",
        read_pattern, _pattern_given, defaults=False,
    ),
    Kind(Json, L("JSON", "JSON", "JSON"), "braces", defaults=False),
    Kind(
        Decimal, L("Formula", "公式", "公式"), "square-function", _formula,
        defaults=False, computed=True, named="formula",
    ),
    Kind(
        Decimal, L("Roll-up", "汇总", "彙總"), "sigma", _roll_up,
        defaults=False, computed=True, named="roll_up",
    ),
    Kind(
        Text, L("Lookup", "引用", "引用"), "corner-down-right", _lookup,
        defaults=False, computed=True, named="lookup",
    ),
)  # fmt: skip
KINDS: dict[str, Kind] = {one.name: one for one in _KINDS}
