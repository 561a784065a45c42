"""An office of one: the first administrator of a workspace of machines, in a tab of a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.chromium import PATIENCE
from tests.journeys.serving import guanxi, set_up_link
from tests.screens.places import set_up


class Office:
    """A tab of the first administrator, who has made machines: each with a day and a price."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.ask("POST", "objects", {"label": {"en": "Machine"}, "plural_label": {"en": "Machines"}})
        for name, kind in (("due", "date"), ("price", "money")):
            self.ask("POST", "fields", {"object": "machine", "type": kind, "name": name, "label": name})
        self.ids = [self.made(f"Machine {number}", number) for number in (1, 2, 3)]

    def made(self, name: str, number: int) -> str:
        day, price = f"2027-03-{10 + number}", {"amount": str(1000 * number), "currency": "USD"}
        return str(self.ask("POST", "machines", {"name": name, "due": day, "price": price})["id"])

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The API, as the page's own session."""
        return self.page.evaluate(
            """async ([method, path, body]) => {
              const token = document.querySelector("[name=csrf-token]").content
              const sent = await fetch("/api/v1/" + path, {method, body: body && JSON.stringify(body),
                headers: {"Content-Type": "application/json", "X-CSRFToken": token, "If-Match": "*"}})
              if (!sent.ok) throw new Error(await sent.text())
              return sent.json()
            }""",
            [method, path, body],
        )

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def machine(self, number: int) -> Any:
        """Asked beside the page, which may be on its way to another."""
        return self.page.request.get(f"{self.address}/api/v1/machines/{self.ids[number - 1]}").json()


@contextmanager
def open_office(browser: Any, folder: Path) -> Iterator[Office]:
    """A running product of its own, signed in and with three machines."""
    with guanxi(folder) as (address, environment):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE * 1000)
        set_up(page, set_up_link(environment))
        yield Office(page, address)
        page.context.close()
