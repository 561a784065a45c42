"""Names of people and firms in two scripts: few enough to be worked out once, enough to sort like real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guanxi.platform.i18n.folding import search_tokens
from guanxi.platform.i18n.names import sort_key

GIVEN = """
    Ada Alan Amir Anna Bao Carla Chen Daniel Elena Emil Farid Grace Hana Hugo Ines Ivan Jana Joel Kira Lars
    Lena Lim Maya Milan Nadia Noor Olga Omar Petra Quentin Rachel Ravi Rosa Samir Sofia Tariq Uma Vera Wei
"""
FAMILY = """
    Abbas Andersen Becker Bianchi Castro Chua Dahl Diaz Eriksen Evans Fischer Flores Goh Gupta Haas Hansen
    Ibrahim Ito Jansen Jensen Kaur Keller Koh Larsen Lee Lopez Meyer Moreau Nair Novak Okafor Olsen Park Patel
    Quinn Ramos Rossi Santos Schmidt Silva Tan Teo Ueda Varga Vogel Wagner Wong Yamada Yeo Zimmer
"""
INITIALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
FIRST = "志建文晓海国明玉春立永雪思子天宇佳美秀丽俊家欣若雨梦诗锦瑞景"
SECOND = "华强军平杰敏静芳娜伟涛超勇艳磊洋鹏辉斌波刚健峰飞琳婷慧颖莹倩宁凯翔博然溪禾岚墨"
PLACES = "杭州 上海 北京 深圳 广州 苏州 南京 成都 武汉 厦门 青岛 宁波"
TRADES = "水务 仪器 环保 机电 化工 食品 物流 软件 建材 电子 医药 纺织"
TRADE_NAMES = "青禾 溪山 远大 瑞丰 海川 明德 华星 天成 金石 云帆 长风 百川 鼎盛 新桥 东篱 朗润"
WORDS = "Harbor Meridian Summit Cedar Orchid Falcon Granite Lumen Pioneer Quartz Raven Sable Tidal Vertex"
FIELDS = "Instruments Foods Logistics Textiles Marine Chemicals Systems Trading Energy Medical Paper Steel"


@dataclass(frozen=True, slots=True)
class Name:
    """A title, by what it sorts, and the words by which search finds it."""

    title: str
    key: str
    words: tuple[str, ...]


def people() -> list[Name]:
    """A hundred thousand names: of a million contacts ten have the same one, as in any large address book."""
    return [_name(title) for title in _people()]


def firms() -> list[Name]:
    """Ten thousand names of firms."""
    return [_name(title) for title in _firms()]


def _people() -> Iterator[str]:
    for family in FAMILY.split():
        for given in GIVEN.split():
            yield from (f"{given} {initial}. {family}" for initial in INITIALS)
    for surname in SURNAMES:
        for first in FIRST:
            yield from (f"{surname}{first}{second}" for second in SECOND)


def _firms() -> Iterator[str]:
    for place in PLACES.split():
        for name in TRADE_NAMES.split():
            yield from (f"{place}{name}{trade}有限公司" for trade in TRADES.split())
    for word in WORDS.split():
        for family in FAMILY.split():
            yield from (f"{family} {word} {field}" for field in FIELDS.split())


def _name(title: str) -> Name:
    return Name(title, sort_key(title)[:200], tuple(search_tokens(title)))
