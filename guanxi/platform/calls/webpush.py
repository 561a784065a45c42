"""Messages to browsers, by Web Push: encrypted for the browser (RFC 8291) and signed as ours (RFC 8292).

The browser gives an address at its maker's push service and two keys. The service can't read what passes.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import time
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from guanxi.platform.calls.calling import call

_RECORD = 4_096
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def push(
    *, endpoint: str, key: str, auth: str, message: bytes, urgent: bool = False, seconds_kept: int = 86_400
) -> None:
    """Hand one message to the browser's service.

    key, auth      what the browser gave, as base64url: its public key, and the secret it shares with us
    seconds_kept   how long the service keeps it for a browser that is switched off
    message        4,096 bytes with its frame are what every service takes
    Raises CallFailed: `passing` where it may work later; status 404 and 410 say that the browser is gone.
    """
    headers = {
        "Authorization": f"vapid t={_token(endpoint)}, k={server_key()}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(seconds_kept),
        "Urgency": "high" if urgent else "normal",
    }
    call("POST", endpoint, headers=headers, body=encrypted(message, key=key, auth=auth))


def server_key() -> str:
    """Our public key as browsers ask for it. It follows from the installation's secret and needs no place."""
    return _base64(_public_bytes(_server_private().public_key()))


def is_browser(*, endpoint: str, key: str, auth: str) -> bool:
    """Whether this can be a browser's answer: an address by https, a point of the curve, sixteen bytes."""
    try:
        parts = urlsplit(endpoint)
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, _bytes(key))
        return parts.scheme in ("https", "http") and bool(parts.hostname) and len(_bytes(auth)) == 16
    except ValueError:
        return False


def encrypted(
    message: bytes,
    *,
    key: str,
    auth: str,
    private: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> bytes:
    """The body of one message. `private` and `salt` are new for each; tests give those of the RFC."""
    private, salt = private or ec.generate_private_key(_CURVE), salt or os.urandom(16)
    theirs, ours = _bytes(key), _public_bytes(private.public_key())
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
    secret = _derived(shared, salt=_bytes(auth), info=b"WebPush: info\0" + theirs + ours, length=32)
    content_key = _derived(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    frame = salt + struct.pack("!IB", _RECORD, len(ours)) + ours
    return frame + AESGCM(content_key).encrypt(nonce, message + b"\x02", None)


def _token(endpoint: str) -> str:
    """Who we are, for this service and twelve hours: a JSON Web Token by ES256."""
    parts = urlsplit(endpoint)
    said = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + 12 * 3_600,
        "sub": settings.SITE_URL if settings.SITE_URL.startswith("https://") else "mailto:" + _address(),
    }
    text = ".".join(_base64(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "ES256"}, said))
    r, s = decode_dss_signature(_server_private().sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _address() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")


@cache
def _server_private() -> ec.EllipticCurvePrivateKey:
    drawn = _derived(settings.SECRET_KEY.encode(), salt=b"guanxi", info=b"web push", length=48)
    return ec.derive_private_key(int.from_bytes(drawn, "big") % (_ORDER - 1) + 1, _CURVE)


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
