"""Group robots of WeCom, DingTalk and Feishu, by their documented webhooks: a text message to a chat.

Each answers 200 also when it refuses, and says in the body whether it took the message. None knows a key by
which a repeated message could be told from a new one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote_plus

from django.utils.translation import gettext as _

BUSY = {"wecom": {-1, 45009}, "dingtalk": {-1, 130101, 410100}, "feishu": {9499, 11232}}  # too many, too fast


def message(robot: str, url: str, text: str, *, secret: str, at: float) -> tuple[str, dict[str, Any]]:
    """The address and the body of one message; `secret` signs it where the robot asks for that."""
    if robot == "wecom":
        return url, {"msgtype": "text", "text": {"content": _cut(text, 2_048)}}
    if robot == "dingtalk":
        if secret:
            stamp = str(int(at * 1_000))
            mac = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
            url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(base64.b64encode(mac))}"
        return url, {"msgtype": "text", "text": {"content": _cut(text, 20_000)}}
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": _cut(text, 20_000)}}
    if secret:
        stamp = str(int(at))
        mac = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": stamp, "sign": base64.b64encode(mac).decode()}
    return url, body


def refused(robot: str, body: str) -> tuple[str, bool] | None:
    """(what the robot says, whether it may take it later); None where it took the message."""
    try:
        answer = json.loads(body)
    except ValueError:
        return _("The robot did not answer as robots do."), True
    code = (
        answer.get("errcode", answer.get("code", answer.get("StatusCode")))
        if isinstance(answer, dict)
        else None
    )
    if code == 0:
        return None
    words = str(answer.get("errmsg") or answer.get("msg") or code) if isinstance(answer, dict) else ""
    return _("The robot refused: %(why)s") % {"why": words[:200]}, code in BUSY[robot]


def _cut(text: str, most: int) -> str:
    """At most so many bytes, no character cut in two."""
    return text.encode()[:most].decode(errors="ignore")
