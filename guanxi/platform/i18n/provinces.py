"""The provinces as a map of equal tiles: where each stands among its neighbours, not how large it is.

The arrangement is Guanxi's own. An outline would need surveyed data and a licence; tiles need neither, and a
small province is as easy to hit as a large one.
"""

from __future__ import annotations

from dataclasses import dataclass

from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.labels import L

COLUMNS, ROWS = 9, 8


@dataclass(frozen=True, slots=True)
class Place:
    """A tile: its column and row from the upper left corner, what it is called, and two letters for it."""

    column: int
    row: int
    label: L
    code: str


PLACES = (
    Place(8, 0, L("Heilongjiang", "黑龙江", "黑龍江"), "HL"),
    Place(4, 1, L("Inner Mongolia", "内蒙古", "內蒙古"), "NM"),
    Place(5, 1, L("Beijing", "北京", "北京"), "BJ"),
    Place(7, 1, L("Liaoning", "辽宁", "遼寧"), "LN"),
    Place(8, 1, L("Jilin", "吉林", "吉林"), "JL"),
    Place(0, 2, L("Xinjiang", "新疆", "新疆"), "XJ"),
    Place(2, 2, L("Gansu", "甘肃", "甘肅"), "GS"),
    Place(3, 2, L("Ningxia", "宁夏", "寧夏"), "NX"),
    Place(4, 2, L("Shanxi", "山西", "山西"), "SX"),
    Place(5, 2, L("Hebei", "河北", "河北"), "HE"),
    Place(6, 2, L("Tianjin", "天津", "天津"), "TJ"),
    Place(1, 3, L("Qinghai", "青海", "青海"), "QH"),
    Place(3, 3, L("Shaanxi", "陕西", "陝西"), "SN"),
    Place(4, 3, L("Henan", "河南", "河南"), "HA"),
    Place(5, 3, L("Shandong", "山东", "山東"), "SD"),
    Place(6, 3, L("Jiangsu", "江苏", "江蘇"), "JS"),
    Place(0, 4, L("Tibet", "西藏", "西藏"), "XZ"),
    Place(2, 4, L("Sichuan", "四川", "四川"), "SC"),
    Place(3, 4, L("Chongqing", "重庆", "重慶"), "CQ"),
    Place(4, 4, L("Hubei", "湖北", "湖北"), "HB"),
    Place(5, 4, L("Anhui", "安徽", "安徽"), "AH"),
    Place(6, 4, L("Zhejiang", "浙江", "浙江"), "ZJ"),
    Place(7, 4, L("Shanghai", "上海", "上海"), "SH"),
    Place(2, 5, L("Yunnan", "云南", "雲南"), "YN"),
    Place(3, 5, L("Guizhou", "贵州", "貴州"), "GZ"),
    Place(4, 5, L("Hunan", "湖南", "湖南"), "HN"),
    Place(5, 5, L("Jiangxi", "江西", "江西"), "JX"),
    Place(6, 5, L("Fujian", "福建", "福建"), "FJ"),
    Place(7, 5, L("Taiwan", "台湾", "台灣"), "TW"),
    Place(3, 6, L("Guangxi", "广西", "廣西"), "GX"),
    Place(4, 6, L("Guangdong", "广东", "廣東"), "GD"),
    Place(5, 6, L("Hong Kong", "香港", "香港"), "HK"),
    Place(3, 7, L("Hainan", "海南", "海南"), "HI"),
    Place(4, 7, L("Macau", "澳门", "澳門"), "MO"),
)

_SUFFIXES = (
    "特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市",
    " province", " municipality", " autonomous region", " sar",
)  # fmt: skip
_OTHER_NAMES = {"xizang": "Tibet", "nei mongol": "Inner Mongolia", "macao": "Macau", "hongkong": "Hong Kong"}
_by_name: dict[str, Place] = {}


def place_named(text: str) -> Place | None:
    """The tile of a province as people write it (浙江省, 廣東, Zhejiang Province); None for no province."""
    if not _by_name:
        for one in PLACES:
            _by_name.update({fold(word): one for word in one.label.everywhere().values()})
        named = {one.label.everywhere()["en"]: one for one in PLACES}
        _by_name.update({other: named[name] for other, name in _OTHER_NAMES.items()})
    word = fold(text).strip()
    for suffix in ("", *(fold(one) for one in _SUFFIXES)):
        if word.endswith(suffix) and (
            found := _by_name.get(word.removesuffix(suffix).strip() if suffix else word)
        ):
            return found
    return None
