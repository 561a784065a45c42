"""Amounts in the Chinese capital numerals that cheques and contracts are written in."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_HANS = ("零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿", "万亿"), "元角分整负人民币")
_HANT = ("零壹貳參肆伍陸柒捌玖", ("", "拾", "佰", "仟"), ("", "萬", "億", "萬億"), "元角分整負人民幣")
MOST = Decimal(10) ** 16


def in_capitals(amount: Decimal, *, traditional: bool = False, named: bool = True) -> str:
    """268000 → 人民币贰拾陆万捌仟元整, rounded to the fen, as the rules for bank bills have it.

    named   with 人民币 before it
    Raises ValueError for what has more than sixteen digits before the point.
    """
    digits, places, groups, words = _HANT if traditional else _HANS
    yuan_sign, jiao_sign, fen_sign, whole_sign, minus = tuple(words[:5])
    cents = int((abs(amount) * 100).to_integral_value(ROUND_HALF_UP))
    if cents >= MOST * 100:
        raise ValueError(amount)
    yuan, rest = divmod(cents, 100)
    jiao, fen = divmod(rest, 10)
    text = _whole(yuan, digits, places, groups) + yuan_sign if yuan or not rest else ""
    if jiao:
        text += (digits[0] if yuan and yuan % 10 == 0 else "") + digits[jiao] + jiao_sign
    elif fen and yuan:
        text += digits[0]
    text += digits[fen] + fen_sign if fen else whole_sign
    return (words[5:] if named else "") + (minus if amount < 0 and cents else "") + text


def _whole(number: int, digits: str, places: tuple[str, ...], groups: tuple[str, ...]) -> str:
    """Four digits at a time; one zero stands for any that are left out between others."""
    if number == 0:
        return digits[0]
    text, missing = "", False
    top = (len(str(number)) - 1) // 4
    for at in range(top, -1, -1):
        group = number // 10 ** (4 * at) % 10_000
        if group >= 1_000 and number // 10 ** (4 * at + 4) % 10_000:
            missing = False  # 壹拾万柒仟: between a group and thousands no zero is said
        for place in range(3, -1, -1):
            digit = group // 10**place % 10
            if digit:
                text += (digits[0] if missing and text else "") + digits[digit] + places[place]
                missing = False
            elif text:
                missing = True
        if group:
            text += _group(at, number, groups)
    return text


def _group(at: int, number: int, groups: tuple[str, ...]) -> str:
    """万亿 is said as 万 where 亿 follows by itself."""
    return groups[1] if at == 3 and number // 10**8 % 10_000 else groups[at]
