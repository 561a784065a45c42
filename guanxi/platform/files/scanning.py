"""Asking ClamAV whether a file is malware: the INSTREAM command of clamd, over a socket.

The bytes are sent in pieces, each with its length before it as four bytes, the largest first; a piece of no
length ends them. The answer is `stream: OK`, `stream: NAME FOUND` or an error. This is all of the protocol.
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

PIECE = 1 << 18
SECONDS = 120


class ScannerFault(RuntimeError):
    """The scanner was not reached, or did not answer; the file stays held and is asked about again."""


def scan(path: Path, address: str) -> str:
    """What was found in a file, "" for nothing. `address`: unix:/run/clamav/clamd.ctl or tcp://host:3310."""
    try:
        with _connected(address) as link, path.open("rb") as source:
            link.sendall(b"zINSTREAM\0")
            while piece := source.read(PIECE):
                link.sendall(struct.pack("!L", len(piece)) + piece)
            link.sendall(struct.pack("!L", 0))
            answer = _answer(link)
    except OSError as problem:
        raise ScannerFault(str(problem)) from problem
    said = answer.partition(":")[2].strip()
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")[:200]
    raise ScannerFault(answer or "no answer")


def _connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(SECONDS)
        link.connect(parts.path)
        return link
    return socket.create_connection((parts.hostname or "", parts.port or 3310), SECONDS)


def _answer(link: socket.socket) -> str:
    found = b""
    while not found.endswith(b"\0") and (piece := link.recv(4096)):
        found += piece
    return found.rstrip(b"\0\n").decode("utf-8", "replace")
