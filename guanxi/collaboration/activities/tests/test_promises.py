from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from guanxi.collaboration.activities.promises import find_promise

SHANGHAI = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "todo", "at"),
    [
        (
            "和 @王若溪 通了电话，法务同意 3-6-1，要我们 周五前 重新出报价 @周砚",
            "重新出报价",
            "2026-11-27 09:00",
        ),
        ("明天下午三点回电", "回电", "2026-11-24 15:00+1"),
        ("11月30日之前寄样品。其他没有", "寄样品", "2026-11-30 09:00"),
        ("She wants the revised quote by Friday.", "She wants the revised quote", "2026-11-27 09:00"),
        ("Call back tomorrow 3pm", "Call back", "2026-11-25 15:00"),
    ],
)
def test_a_date_in_a_text_is_a_promise(text, todo, at):
    found = find_promise(text, TUESDAY)
    assert found is not None
    assert found.text == todo
    wanted = at if not at.endswith("+1") else "2026-11-25 15:00"
    assert f"{found.at:%Y-%m-%d %H:%M}" == wanted


@pytest.mark.parametrize(
    "text", ["", "法务同意 3-6-1", "昨天见过面", "He is happy with it", "150 units in stock"]
)
def test_other_texts_promise_nothing(text):
    with translation.override("en"):
        assert find_promise(text, TUESDAY) is None
