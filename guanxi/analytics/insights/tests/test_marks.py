"""Names on the map stand beside their dots and touch nothing."""

from __future__ import annotations

import re

from guanxi.analytics.insights.marks import Dot, _box, _touch, _wide, draw_map


def test_names_on_the_map_do_not_overlap() -> None:
    dots = [
        Dot(f"第 {place} 家水务有限公司", 40 + place % 7 * 3, 60 + place // 7 * 4, 100 - place, None, "win")
        for place in range(30)
    ]
    quarters = dict.fromkeys(("win", "deepen", "leave", "keep"), ("深耕", "值得"))
    drawn = str(draw_map(dots, quarters=quarters, axes=("强", "吸引"), legend="", label=""))
    found = re.findall(r'<text class="lab mid" x="([\d.]+)" y="([\d.]+)">([^<]+)</text>', drawn)
    boxes = [_box(float(x), float(y), _wide(words)) for x, y, words in found]
    assert len(boxes) > 3
    assert not any(_touch(one, other) for at, one in enumerate(boxes) for other in boxes[:at])
    circles = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', drawn)
    assert len(circles) == 30
    numbers = [tuple(map(float, one)) for one in circles]
    rounds = [(x - r, y - r, x + r, y + r) for x, y, r in numbers]
    assert sum(_touch(box, one) for box in boxes for one in rounds) == 0
