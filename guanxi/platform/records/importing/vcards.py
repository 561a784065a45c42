"""Address books: vCard 2.1, 3.0 and 4.0 become a table with a row for each card."""

from __future__ import annotations

import binascii
import quopri
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.languages import ENGLISH, active_language

PHOTO = "Photo"
_HAN = re.compile("[\u3400-\u9fff]")
_PICTURES = {b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"GIF8": "gif", b"RIFF": "webp"}
# A photo or a key is no text for a table; a photo is a file beside it.
_LEFT_OUT = {"PHOTO", "LOGO", "SOUND", "KEY", "LABEL", "X-ABCROPRECTANGLE"}
_KINDS = {"home": "Home", "work": "Work", "cell": "Mobile", "iphone": "Mobile"}
_NAME_PARTS = ("Last name", "First name", "Middle name", "Salutation", "Suffix")
_ADDRESS_PARTS = ("PO box", "street 2", "street", "city", "region", "postal code", "country")
_PLAIN = {
    "FN": "Name",
    "NICKNAME": "Nickname",
    "TITLE": "Job title",
    "ROLE": "Role",
    "NOTE": "Note",
    "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary",
    "URL": "Website",
    "CATEGORIES": "Tags",
    "UID": "UID",
    "GENDER": "Gender",
    "LANG": "Language",
    "TZ": "Time zone",
    "X-WECHAT": "WeChat",
}
_CHAT = {"X-QQ": "QQ", "X-SKYPE": "Skype", "X-JABBER": "Jabber", "X-MS-IMADDRESS": "Chat", "IMPP": "Chat"}


# The columns for the reader, and the kinds and parts of which the others are put together: "Work phone".
_HEADINGS = {
    one.en: one
    for one in (
        L("Name", "姓名", "姓名"),
        L("Last name", "姓", "姓氏"),
        L("First name", "名", "名字"),
        L("Middle name", "中间名", "中間名"),
        L("Salutation", "称呼", "稱謂"),
        L("Suffix", "后缀", "後綴"),
        L("Nickname", "昵称", "暱稱"),
        L("Company", "公司", "公司"),
        L("Department", "部门", "部門"),
        L("Job title", "职务", "職稱"),
        L("Role", "角色", "角色"),
        L("Note", "备注", "備註"),
        L("Birthday", "生日", "生日"),
        L("Anniversary", "纪念日", "紀念日"),
        L("Website", "网站", "網站"),
        L("Tags", "标签", "標籤"),
        L("Gender", "性别", "性別"),
        L("Language", "语言", "語言"),
        L("Time zone", "时区", "時區"),
        L("UID", "唯一编号", "唯一編號"),
        L("WeChat", "微信", "微信"),
        L("Chat", "即时通讯", "即時通訊"),
        L("Mobile", "手机", "手機"),
        L("Fax", "传真", "傳真"),
        L("Phone", "电话", "電話"),
        L("Email", "邮箱", "電子郵件"),
        L("Work", "工作", "工作"),
        L("Home", "家庭", "住家"),
        L("Po box", "邮政信箱", "郵政信箱"),
        L("Street", "街道", "街道"),
        L("Street 2", "街道第二行", "街道第二行"),
        L("City", "城市", "城市"),
        L("Region", "省份", "省份"),
        L("Postal code", "邮编", "郵遞區號"),
        L("Country", "国家", "國家"),
        L(PHOTO, "照片", "照片"),
    )
}
_PARTS = ("phone", "email", *(part.lower() for part in _ADDRESS_PARTS))


@dataclass(frozen=True, slots=True)
class Property:
    """One line of a card, unfolded and decoded: item1.TEL;TYPE=cell:+86 138 …"""

    name: str  # upper case
    value: str  # as written but for the transfer encoding: escapes are still in it
    parameters: dict[str, list[str]] = field(default_factory=dict)  # lower-case names
    group: str = ""

    @property
    def types(self) -> list[str]:
        return [kind.lower() for kind in self.parameters.get("type", [])]

    def parts(self) -> list[str]:
        """The components between unescaped semicolons."""
        return [unescape(part) for part in split(self.value, ";")]

    def text(self) -> str:
        return unescape(self.value)


def card_heading(column: str) -> str:
    """What a column of an address book is called, for the reader; its name in the table stays what it is."""
    if active_language() == ENGLISH:
        return column
    if column in _HEADINGS:
        return str(_HEADINGS[column])
    for part in _PARTS:
        kind, found, rest = column.rpartition(f" {part}")
        if found and not rest:
            return f"{_HEADINGS.get(kind, kind)}{_HEADINGS[part.capitalize()]}"
    name, blank, number = column.rpartition(" ")
    return f"{card_heading(name)} {number}" if blank and number.isdecimal() else column


def read_cards(lines: Iterable[str]) -> Iterator[list[Property]]:
    """Each card's properties; what stands outside of BEGIN and END is not there."""
    card: list[Property] | None = None
    nested = 0  # a 2.1 card may hold that of an agent
    for line in _unfold(lines):
        found = parse_property(line)
        if found is None:
            continue
        ends = found.value.strip().upper() == "VCARD"
        if found.name == "BEGIN" and ends:
            if card and card[-1].name == "AGENT":
                nested += 1
                continue
            if card:
                yield card  # the one before was cut off
            card = []
        elif found.name == "END" and ends:
            if nested:
                nested -= 1
                continue
            if card:
                yield card
            card = None
        elif card is not None and not nested:
            card.append(found)
    if card:
        yield card


def parse_property(line: str) -> Property | None:
    """One unfolded line; None for a line that is no property."""
    head, value = _split_head(line)
    if value is None:
        return None
    name, *given = split(head, ";", quoting=True)
    group, _dot, name = name.strip().rpartition(".")
    parameters: dict[str, list[str]] = {}
    for parameter in given:
        key, equals, content = parameter.partition("=")
        if not equals:  # 2.1 writes TEL;CELL;PREF and ;QUOTED-PRINTABLE
            bare = key.strip()
            key, content = ("encoding", bare) if bare.upper() in _ENCODINGS else ("type", bare)
        found = [unquote(one) for one in split(content, ",", quoting=True)]
        if key.strip().lower() == "type":  # some write TYPE="WORK,FAX"
            found = [kind for one in found for kind in one.split(",")]
        parameters.setdefault(key.strip().lower(), []).extend(found)
    return Property(name.upper(), _decode(value, parameters), parameters, group.lower())


def card_row(card: list[Property]) -> dict[str, str]:
    """A card as cells by column; further phones of a kind become "Mobile 2" and so on."""
    cells: dict[str, str] = {}
    labels = {one.group: one.text() for one in card if one.name == "X-ABLABEL" and one.group}
    taken: Counter[str] = Counter()
    for one in card:
        for column, value in _cells(one, labels.get(one.group, "")):
            if not value:
                continue
            taken[column] += 1
            if column in {"Note", "Tags"} and column in cells:
                cells[column] += ("\n" if column == "Note" else ", ") + value
            else:
                cells[column if taken[column] == 1 else f"{column} {taken[column]}"] = value
    if not cells.get("Name") and (name := _whole_name(cells)):
        cells["Name"] = name  # 2.1 may leave it out, beside cards that have it
    return cells


def _whole_name(cells: dict[str, str]) -> str:
    """First and last name as one, in the order of their script."""
    family, given = cells.get("Last name", ""), cells.get("First name", "")
    if family and given and _HAN.match(family):
        return f"{family}{given}"
    return " ".join(part for part in (given, cells.get("Middle name", ""), family) if part)


def photo_of(card: list[Property]) -> tuple[str, bytes] | None:
    """The picture that a card carries in itself: its ending and its bytes; None for none, and an address."""
    for one in card:
        if one.name != "PHOTO":
            continue
        head, _comma, data = one.value.partition(",")
        if head[:5].lower() == "data:":
            text = data if head.lower().endswith(";base64") else ""
        else:
            encoding = one.parameters.get("encoding", [""])[0].upper()
            text = one.value if encoding in {"B", "BASE64"} else ""
        try:
            found = binascii.a2b_base64("".join(text.split()))
        except (binascii.Error, ValueError):
            continue
        for start, ending in _PICTURES.items():
            if found.startswith(start):
                return ending, found
    return None


def _cells(one: Property, label: str) -> Iterator[tuple[str, str]]:
    if one.name in _LEFT_OUT or one.value.lower().startswith("data:"):
        return
    if one.name == "N":
        several = (split(part, ",") for part in split(one.value, ";"))
        yield from zip(
            _NAME_PARTS, (" ".join(unescape(n).strip() for n in names) for names in several), strict=False
        )
    elif one.name == "ORG":
        company, *units = [part.strip() for part in one.parts()]
        yield "Company", company
        yield "Department", " / ".join(unit for unit in units if unit)
    elif one.name == "TEL":
        number = _dialled(one.text().strip())
        yield ("Fax" if "fax" in one.types else _of_kind(one, label, "phone")), number
    elif one.name == "EMAIL":
        yield _of_kind(one, label, "email"), re.sub(r"^mailto:", "", one.text().strip())
    elif one.name == "ADR":
        kind = _kind(one, label)
        for part, value in zip(_ADDRESS_PARTS, one.parts(), strict=False):
            yield f"{kind} {part}".strip().capitalize(), " ".join(value.split())
    elif one.name in _CHAT:
        scheme, colon, handle = one.text().partition(":")
        service = one.parameters.get("x-service-type", [scheme if colon else _CHAT[one.name]])[0]
        yield service.capitalize(), handle if colon else scheme
    elif one.name == "CATEGORIES":
        yield "Tags", ", ".join(unescape(tag).strip() for tag in split(one.value, ","))
    elif one.name in _PLAIN:
        yield _PLAIN[one.name], one.text().strip()


def _dialled(said: str) -> str:
    """A number as people write it: tel:+86-791-8888-2222;ext=12 has a parameter, no second number."""
    if not said.lower().startswith("tel:"):
        return said
    number, *parameters = said[4:].split(";")
    told = next((one[4:] for one in parameters if one.lower().startswith("ext=")), "")
    return f"{number} ext. {told}" if told else number


def _of_kind(one: Property, label: str, noun: str) -> str:
    kind = _kind(one, label)
    return kind if kind == "Mobile" else f"{kind} {noun}".strip().capitalize()


def _kind(one: Property, label: str) -> str:
    for kind in ("cell", "iphone", "work", "home"):  # a cell phone stays one, though it is for work
        if kind in one.types:
            return _KINDS[kind]
    return label.strip("_$!<>").capitalize()


_ENCODINGS = {"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B"}


def _unfold(lines: Iterable[str]) -> Iterator[str]:
    """Lines joined where they were folded: by a leading blank, or by the "=" of quoted-printable."""
    held: list[str] = []
    soft = False
    for raw in lines:
        line = raw.rstrip("\r\n")
        if held and soft:
            held.append(line)
        elif held and line[:1] in {" ", "\t"}:
            held.append(line[1:])
        else:
            if held:
                yield "".join(held)
            held = [line]
        soft = line.endswith("=") and _is_quoted_printable(held[0])
        if soft:
            held[-1] = held[-1][:-1]
    if held:
        yield "".join(held)


def _is_quoted_printable(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _decode(value: str, parameters: dict[str, list[str]]) -> str:
    encoding = parameters.get("encoding", [""])[0].upper()
    if encoding != "QUOTED-PRINTABLE":
        return value
    charset = parameters.get("charset", ["utf-8"])[0]
    try:
        raw = quopri.decodestring(value.encode("utf-8"))
    except (ValueError, binascii.Error):
        return value
    for candidate in (charset, "utf-8", "gb18030"):
        try:
            return raw.decode(candidate)
        except (UnicodeError, LookupError):
            continue
    return raw.decode("cp1252", "replace")


def _split_head(line: str) -> tuple[str, str | None]:
    """Before and after the first colon that stands outside of quotation marks."""
    quoted = False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:at], line[at + 1 :]
    return line, None


def split(text: str, sign: str, *, quoting: bool = False) -> list[str]:
    """Split at a sign that no backslash escapes, nor, with `quoting`, quotation marks enclose."""
    if "\\" not in text and not (quoting and '"' in text):
        return text.split(sign)
    parts = [""]
    escaped = quoted = False
    for letter in text:
        if letter == sign and not escaped and not quoted:
            parts.append("")
            continue
        parts[-1] += letter
        quoted ^= quoting and letter == '"'
        escaped = letter == "\\" and not escaped
    return parts


def unquote(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text, flags=re.S)
