"""Browsers by the name their owner knows them by."""

from __future__ import annotations

# A browser also names those it is descended from, so the youngest come first.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("wxwork/", "WeCom"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """ "Firefox · Windows" from a User-Agent header; its first word where nothing is recognised."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent.partition("/")[0][:40] or "?"
