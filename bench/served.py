"""The running product on the open copy: bytes over the wire, a cold start in Chromium, idle memory."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from bench.making import Bench
from bench.measuring import Result, within
from bench.product import session_key

FIRST_VISIT_KB, LATER_PAGE_KB = 150, 20
USABLE_MS = 500
IDLE_MB = 400
SETTLED_SECONDS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# The table is usable when its rows are drawn and every behaviour listens: modules run before this event.
_USABLE = """() => {
  const [page] = performance.getEntriesByType("navigation")
  const paint = performance.getEntriesByName("first-contentful-paint")[0]
  return Math.max(page.domContentLoadedEventEnd, paint ? paint.startTime : 0)
}"""


def measure(bench: Bench, times: int) -> Iterator[Result]:
    with _serving() as (address, process):
        cookie = session_key(bench)
        urllib.request.urlopen(
            _request(address, "/contacts/", cookie)
        ).close()  # the server is warm, the browser not
        time.sleep(SETTLED_SECONDS)
        yield within(
            "serve", "idle memory of web, events and worker", rows=bench.contacts, ours=_memory(process),
            limit=IDLE_MB, unit="MB",
        )  # fmt: skip
        yield from _answers(bench, address, cookie)
        browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
        if browser is None:
            print("Chromium is missing: nothing is said about its start", flush=True)
            return
        yield from _in_browser(bench, address, cookie, browser, min(times, 7))


def _answers(bench: Bench, address: str, cookie: str) -> Iterator[Result]:
    """The HTML of later pages, as a browser that has everything else fetches it."""
    for path in ("/contacts/", "/companies/", "/deals/board/", "/today/"):
        with urllib.request.urlopen(_request(address, path, cookie, boosted=True)) as answer:
            size = len(answer.read())
        yield within(
            "wire",
            f"later page {path}",
            rows=bench.contacts,
            ours=size / 1000,
            limit=LATER_PAGE_KB,
            unit="kB",
        )


def _in_browser(bench: Bench, address: str, cookie: str, path: str, times: int) -> Iterator[Result]:
    """A new browser with an empty profile each time: what it fetches, when the list can be worked with."""
    from playwright.sync_api import sync_playwright

    moments, sizes = [], []
    with sync_playwright() as playwright:
        for _ in range(times):
            chromium = playwright.chromium.launch(
                executable_path=path, args=["--no-sandbox", "--disable-gpu"]
            )
            usable, size = _visit(chromium, address, cookie)
            moments.append(usable)
            sizes.append(size)
            chromium.close()
    yield within(
        "wire", "first visit to /contacts/, everything", rows=bench.contacts,
        ours=statistics.median(sizes) / 1000, limit=FIRST_VISIT_KB, unit="kB",
    )  # fmt: skip
    yield within(
        "serve", "contact list usable in Chromium, cold", rows=bench.contacts,
        ours=statistics.median(moments), limit=USABLE_MS, note=f"{min(moments):.0f} to {max(moments):.0f}",
    )  # fmt: skip


def _visit(chromium: Any, address: str, cookie: str) -> tuple[float, int]:
    context = chromium.new_context()
    host = urlsplit(address).hostname
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "domain": host, "path": "/"}]
    )
    page = context.new_page()
    fetched = [0]
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on(
        "Network.loadingFinished",
        lambda event: fetched.__setitem__(0, fetched[0] + int(event["encodedDataLength"])),
    )
    page.goto(f"{address}/contacts/", wait_until="load")
    page.wait_for_selector("tbody tr")
    usable = float(page.evaluate(_USABLE))
    page.wait_for_timeout(500)  # what comes after the first paint counts as fetched
    context.close()
    return usable, fetched[0]


def _request(address: str, path: str, cookie: str, *, boosted: bool = False) -> urllib.request.Request:
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}", "Accept-Encoding": "gzip"}
    if boosted:
        headers |= {"HX-Request": "true", "HX-Boosted": "true", "HX-Current-URL": address}
    return urllib.request.Request(address + path, headers=headers)


@contextmanager
def _serving() -> Iterator[tuple[str, int]]:
    """The address of a running product, and its process."""
    port = _free_port()
    command = [sys.executable, "-m", "guanxi.config.cli", "serve", "--port", str(port)]
    environment = {**os.environ, "GUANXI_URL": f"http://127.0.0.1:{port}"}
    with open(Path(settings.DATA_DIR) / "serve.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/sign-in/", server)
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise RuntimeError((Path(settings.DATA_DIR) / "serve.log").read_text())


def _free_port() -> int:
    """A port that is free, as is the one after it, where the events are."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def _memory(top: int) -> float:
    """Megabytes (proportional set size) of a process and all below it."""
    parents = {}
    for found in Path("/proc").iterdir():
        if found.name.isdigit():
            try:
                parents[int(found.name)] = int((found / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    family = {top}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_pss, family)) / 1024


def _pss(pid: int) -> int:
    """Kilobytes, without the pages of SQLite's file that are mapped: those are the kernel's to take back."""
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text().splitlines()
    except OSError:
        return 0
    total, counted = 0, True
    for line in lines:
        if line.startswith("Pss:"):
            total += int(line.split()[1]) * counted
        elif "-" in line.split(" ", 1)[0]:
            counted = ".sqlite3" not in line
    return total
