"""The frame is that of RFC 8291, section 5; the signature is checked as a push service checks it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from guanxi.platform.calls import webpush
from guanxi.platform.calls.calling import Answered

KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


def test_the_example_of_the_rfc():
    private = ec.derive_private_key(
        int.from_bytes(_raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    text = b"When I grow up, I want to be a watermelon"
    body = webpush.encrypted(text, key=KEY, auth=AUTH, private=private, salt=_raw("DGv6ra1nlYgDCS1FRnbzlw"))
    assert body == _raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_service_learns_who_sends_to_it(monkeypatch):
    sent: dict[str, Any] = {}

    def call(method: str, url: str, *, headers: dict[str, str], body: bytes) -> Answered:
        sent.update(headers)
        return Answered(201, "")

    monkeypatch.setattr(webpush, "call", call)
    webpush.push(endpoint="https://push.example/send/abc", key=KEY, auth=AUTH, message=b"x", urgent=True)
    token, key = sent["Authorization"].removeprefix("vapid t=").split(", k=")
    assert (key, sent["Urgency"], sent["TTL"]) == (webpush.server_key(), "high", "86400")
    head, said, signature = token.split(".")
    claims = json.loads(_raw(said))
    assert claims["aud"] == "https://push.example"
    assert claims["sub"].startswith(("https:", "mailto:"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(key))
    raw = _raw(signature)
    signed = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(signed, f"{head}.{said}".encode(), ec.ECDSA(hashes.SHA256()))  # raises what does not fit


@pytest.mark.parametrize(
    ("endpoint", "key", "auth"),
    [
        ("ftp://push.example/", KEY, AUTH),
        ("https:///", KEY, AUTH),
        ("https://push.example/", KEY[:-4], AUTH),
        ("https://push.example/", "AAAA" + KEY[4:], AUTH),
        ("https://push.example/", KEY, AUTH[:-2]),
        ("https://push.example/", "", ""),
    ],
)
def test_what_no_browser_answers_is_refused(endpoint, key, auth):
    assert webpush.is_browser(endpoint="https://push.example/", key=KEY, auth=AUTH)
    assert not webpush.is_browser(endpoint=endpoint, key=key, auth=auth)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
