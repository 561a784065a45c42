"""Names in the order in which people look for them."""

from __future__ import annotations

import unicodedata

from pypinyin import lazy_pinyin


def sort_key(text: str) -> str:
    """Pinyin for Han, no accents, no case: both databases order it alike."""
    spelled = " ".join(lazy_pinyin(text)) if any("\u3400" <= sign <= "\u9fff" for sign in text) else text
    plain = unicodedata.normalize("NFKD", spelled)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold().strip()
