"""Provinces, cities and districts of China: forms offer them, addresses of one line are read by them.

浙江省杭州市余杭区文一西路 998 号 → 浙江省, 杭州市, 余杭区, 文一西路 998 号. Names are understood without
their ending, and in traditional script; `scripts/make-division-tables` writes the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.pinyin import TABLES

PARTS = ("province", "city", "district")
_ENDINGS = re.compile("(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|地区|省|市|区|县|盟)$")
_CHINA = frozenset(
    {"", "cn", "hk", "mo", "tw", "china", "中国", "中华人民共和国", "prc", "香港", "澳门", "台湾"}
)
_GAP = " \t,\uff0c\u3000"


def is_china(country: str) -> bool:
    """Whether an address there has divisions of the table; one that names no country may."""
    return fold(country).strip() in _CHINA


def provinces() -> tuple[str, ...]:
    """All provinces, in the order of their codes."""
    return tuple(_tree())


def cities(province: str) -> tuple[str, ...]:
    """The cities of a province; none for one that is not known."""
    known = named(province, _tree())
    return tuple(_tree()[known]) if known else ()


def districts(province: str, city: str) -> tuple[str, ...]:
    """The districts of a city; `province` may be empty where the city is enough."""
    for name in [named(province, _tree())] if province else _tree():
        below = _tree()[name] if name else {}
        if known := named(city, below):
            return below[known]
    return ()


def named(text: str, among: Iterable[str]) -> str:
    """The name among these that is meant: 浙江 and 浙江省, 廣東; "" for none."""
    wanted = fold(text).strip()
    if not wanted:
        return ""
    names = list(among)
    exact = next((one for one in names if fold(one) == wanted), "")
    return exact or next((one for one in names if _bare(one) == _bare(wanted)), "")


def completed(parts: Mapping[str, str]) -> dict[str, str]:
    """An address with its divisions as the table calls them, and the province of a city said alone."""
    if not is_china(parts.get("country", "")):
        return dict(parts)
    return {**parts, **_completed(*(parts.get(part, "") for part in PARTS))}


def split_address(text: str) -> dict[str, str]:
    """The parts of an address on one line; what is not found in the table is the street."""
    rest = " ".join(text.split())
    found: dict[str, str] = {}
    province, after = _leading(rest, _tree())
    if province:
        found["province"], rest = province, after
    below = _tree()[province] if province else _all_cities()
    city, after = _leading(rest, below)
    if not city and province and province in below:
        city, after = province, rest  # 北京市朝阳区: the municipality is its own city
    if city:
        found["city"], rest = city, after
        district, after = _leading(rest, below[city])
        if district:
            found["district"], rest = district, after
    if rest:
        found["street"] = rest
    return completed(found) if found.keys() - {"street"} else {"street": rest} if rest else {}


@lru_cache(maxsize=10_000)
def _completed(province: str, city: str, district: str) -> Mapping[str, str]:
    """What the table says of these; kept, since many addresses are in few cities."""
    known = named(province, _tree()) if province or not city else _only_province_with(city)
    if not known:
        return {}
    found = {"province": known}
    if city_known := named(city, cities(known)):
        found["city"] = city_known
        if district_known := named(district, districts(known, city_known)):
            found["district"] = district_known
    return found


def _leading(text: str, names: Iterable[str]) -> tuple[str, str]:
    """The name with which a text begins, and what follows it; one without its ending counts where no
    street begins so."""
    folded = fold(text)
    if len(folded) != len(text):
        return "", text
    best, length = "", 0
    for name in names:
        whole, bare = fold(name), _bare(name)
        for one in (whole, bare):
            if (
                len(one) >= (2 if one == whole or len(bare) > 1 else 9)
                and folded.startswith(one)
                and len(one) > length
            ):
                best, length = name, len(one)
    if best and length == len(_bare(best)) and text[length : length + 1] in ("路", "街", "大", "巷", "道"):
        return "", text  # 上海路 is a street
    return (best, text[length:].lstrip(_GAP)) if best else ("", text)


@cache
def _tree() -> dict[str, dict[str, tuple[str, ...]]]:
    tree: dict[str, dict[str, tuple[str, ...]]] = {}
    province = ""
    for line in (TABLES / "divisions.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            city, *areas = line.split()
            tree[province][city] = tuple(areas)
        else:
            province = line.strip()
            tree[province] = {}
    return tree


@cache
def _all_cities() -> dict[str, tuple[str, ...]]:
    return {city: areas for below in _tree().values() for city, areas in below.items()}


def _only_province_with(city: str) -> str:
    found = [province for province, below in _tree().items() if named(city, below)]
    return found[0] if len(found) == 1 else ""


@cache
def _bare(name: str) -> str:
    folded = fold(name)
    bare = _ENDINGS.sub("", folded)
    return bare if len(bare) > 1 else folded
