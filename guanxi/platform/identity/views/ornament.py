"""The right half of the pages before the product: a year of traffic with nobody real."""

from __future__ import annotations

from functools import cache

from guanxi.web.components import Pulse, Tone

_NAMES: tuple[tuple[str, int, Tone], ...] = (  # name, weeks of silence, what the silence means
    ("青禾水务", 0, ""),
    ("北辰制药", 0, ""),
    ("Marlin Aquaculture", 2, ""),
    ("禾木食品", 9, "gamboge"),
    ("云杉环境", 0, ""),
    ("九龍飲品", 0, ""),
    ("鹭岛检测", 0, ""),
    ("Tidewell Utilities", 0, ""),
    ("瑞安乳业", 17, "cinnabar"),
    ("澄江自来水", 0, ""),
)
_TRADITIONAL = {
    "青禾水务": "青禾水務",
    "北辰制药": "北辰製藥",
    "云杉环境": "雲杉環境",
    "鹭岛检测": "鷺島檢測",
    "瑞安乳业": "瑞安乳業",
    "澄江自来水": "澄江自來水",
}
_WEEKS = 52


@cache
def drawn_pulses(language: str) -> tuple[tuple[str, Pulse], ...]:
    """Names and pulses, the same on every visit: a guest sees no data of any workspace.

    `language` is the page's; in zh-hant no name stands in the other script.
    """
    return tuple(
        (
            _TRADITIONAL.get(name, name) if language == "zh-hant" else name,
            Pulse.of(_ticks(place * 7 + 3, silent), _ticks(place * 11 + 5, silent), tone=tone),
        )
        for place, (name, silent, tone) in enumerate(_NAMES)
    )


def _ticks(seed: int, silent: int) -> list[int]:
    ticks = []
    for week in range(_WEEKS):
        seed = (seed * 1_103_515_245 + 12_345) % (1 << 31)
        size, rest = (seed >> 16) % 5, (seed >> 20) % 3
        ticks.append(size if rest and week < _WEEKS - silent else 0)
    return ticks
