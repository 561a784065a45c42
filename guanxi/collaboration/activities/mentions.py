"""Members who are named in a text: “@周砚 please look at the price”."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi.platform.i18n.names import sort_key
from guanxi.platform.identity.queries import MemberRef, working_members


def mentioned(text: str) -> list[MemberRef]:
    """The working members whose names stand behind an @, in any case; of two that fit, the longer name."""
    if "@" not in text:
        return []
    rest = text.casefold()
    found = []
    for member in _longest_first(working_members()):
        sign = f"@{member.name.casefold()}"
        if sign in rest:
            found.append(member)
            rest = rest.replace(sign, " ")
    return found


def mentionable(typed: str, *, limit: int = 8) -> list[MemberRef]:
    """Working members whose name, or its pinyin, begins with what was typed or has it inside."""
    wanted = typed.casefold()
    found = [
        one for one in working_members() if wanted in one.name.casefold() or wanted in sort_key(one.name)
    ]
    return sorted(found, key=lambda one: (not one.name.casefold().startswith(wanted), one.name))[:limit]


def _longest_first(members: Sequence[MemberRef]) -> list[MemberRef]:
    return sorted(members, key=lambda member: -len(member.name))
