"""Every screen there is and how to come to it, for pictures (scripts/shots) and for axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PASSWORD = "guanxi-demo"
# Each language is shown with the work of somebody who speaks it; the administrator's screens change theirs.
PEOPLE = {"en": "kelvin@xishan.example", "zh-hans": "lin@xishan.example", "zh-hant": "wong@xishan.example"}
ADMINISTRATOR = "gu@xishan.example"
DESK = ("light", "dark")
FIRST = "alex@northwind.example"


@dataclass(frozen=True)
class Screen:
    """`path` may hold {companies}: the address of the first record there of one's own. {link} is the one that
    `guanxi serve` prints for the set-up. `act` is done after loading.

    who: "nobody" is there yet, or the "first" person of an empty installation; a "guest", a "member", the
    "admin", or somebody who comes too "late" (or "later"), when the session has ended.
    """

    name: str
    path: str
    act: Callable[[Any], None] | None = None
    who: str = "member"
    only: tuple[str, ...] = ()  # looks, for what only a phone or only a desk has


def _palette(page: Any) -> None:
    page.keyboard.press("Control+K")
    page.keyboard.type("li")
    page.locator("#palette-list [role=option]").first.wait_for()


def _peek(page: Any) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.locator("#peek:not([hidden]) header").first.wait_for()


def _select(page: Any) -> None:
    for row in (0, 1, 2):
        page.locator("[data-row-check]").nth(row).check(force=True)
    page.locator(".bulk").wait_for()


def _edit_cell(page: Any) -> None:
    page.locator("#rows [data-edit]:visible").nth(1).click()
    page.locator("#rows [data-edit] :is(input, select)").first.wait_for()


def _keys(page: Any) -> None:
    page.keyboard.press("Shift+Slash")
    page.locator("#help[open] dl").first.wait_for()


def _nothing_typed(page: Any) -> None:
    page.locator("#main form.stack button.primary, #main form button.primary").last.click()
    page.locator("[aria-invalid=true]").first.wait_for()


def _stale(page: Any) -> None:
    """Somebody else saves the same field while the form is open."""
    shown = page.locator("#f-name").input_value()
    page.evaluate(
        """async name => {
          const [, plural, id] = location.pathname.split("/")
          const url = `/api/v1/${plural}/${id}`, token = document.querySelector("[name=csrf-token]").content
          const sent = await fetch(url, {method: "PATCH", body: JSON.stringify({name: name + " 2"}),
            headers: {"Content-Type": "application/json", "X-CSRFToken": token, "If-Match": "*"}})
          if (!sent.ok) throw new Error(await sent.text())
        }""",
        shown,
    )
    page.fill("#f-name", f"{shown} 3")
    page.locator("#main form button.primary").last.click()
    page.locator(".callout").first.wait_for()


def _wrong_password(page: Any) -> None:
    page.fill("[name=email]", "lin@xishan.example")
    page.fill("[name=password]", "wrong")
    page.keyboard.press("Enter")
    page.locator(".error").first.wait_for()


def _signed_out(page: Any) -> None:
    page.context.clear_cookies(name="sessionid")
    page.fill("#f-title", "Buyer")
    page.locator("#main form button.primary").last.click()
    page.wait_for_url("**/sign-in/**")


def _kept(page: Any) -> None:
    _signed_out(page)
    lang = str(page.locator("html").get_attribute("lang")).lower()
    page.fill("[name=email]", PEOPLE[lang])
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kept/**")


def _menu(page: Any) -> None:
    page.locator("#main .end [data-menu]:visible").last.click()


def _started_import(page: Any) -> None:
    _send(page)
    page.wait_for_url("**/columns/**")


def _checked_import(page: Any) -> None:
    _started_import(page)
    page.locator(".foot button.primary").click()
    page.wait_for_url("**/check/**")
    page.locator(".issues, .foot button.primary:enabled").first.wait_for()


def _done_import(page: Any) -> None:
    _checked_import(page)
    remedy, ready = page.locator("button[name=mend]"), page.locator(".foot button.primary:enabled")
    while remedy.count():
        said = page.locator("#main").inner_text()
        remedy.first.click()
        page.wait_for_function("said => document.querySelector('#main').innerText !== said", arg=said)
        remedy.or_(ready).first.wait_for()
    ready.click()
    page.wait_for_url(re.compile(r"/import/\d+/$"))
    page.locator(".foot button:has(svg), .foot form button").first.wait_for()


def _send(page: Any) -> None:
    lang = page.locator("html").get_attribute("lang")
    encoding = {"zh-Hans": "gb18030", "zh-Hant": "big5", "en": "utf-8"}[lang]
    name = {"zh-Hans": "客户名单.csv", "zh-Hant": "客戶名單.csv", "en": "visitors.csv"}[lang]
    sheet = {"name": name, "mimeType": "text/csv", "buffer": SHEETS[lang].encode(encoding)}
    page.set_input_files("[name=files]", sheet)
    page.locator("form[enctype] button[type=submit]").click()


# A small spreadsheet in each language, with the traps that real ones have.
SHEETS = {
    "zh-Hans": """\
姓名,单位,手机,邮箱,职务,下次联系,备注
何书瑶,宁波清源环保有限公司,138 5710 4426,he@qingyuan.example,采购经理,2027-01-12,介绍来的
石磊,宁波清源环保有限公司,139 5710 4427,shi@qingyuan.example,总工,2027-01-14,
白露,绍兴水务集团,1385710,bai@sxwater.example,主任,下个月,展会认识
苏晓,绍兴水务集团,137 5710 4429,su.sxwater.example,工程师,,
""",
    "zh-Hant": """\
姓名,公司,手機,電郵,職稱,下次聯絡,備註
何書瑤,新竹清源環保,0912 345 678,he@qingyuan.example,採購經理,2027-01-12,介紹來的
石磊,新竹清源環保,0922 345 679,shi@qingyuan.example,總工程師,2027-01-14,
白露,高雄水務,09123,bai@khwater.example,主任,下個月,展覽認識
蘇曉,高雄水務,0933 345 670,su.khwater.example,工程師,,
""",
    "en": """\
Name,Company,Mobile,Email,Job title,Next step on,Notes
Hannah Teo,Riverside Utilities,+65 9123 4567,hannah@riverside.example,Buyer,2027-01-12,By word of mouth
Samuel Lee,Riverside Utilities,+65 9123 4568,samuel@riverside.example,Chief engineer,2027-01-14,
Mei Tan,Harbour Water,91234,mei@harbour.example,Director,some day,Met at the fair
Omar Said,Harbour Water,+65 9123 4570,omar.harbour.example,Engineer,,
""",
}

SCREENS = (
    Screen("set-up-code", "/set-up/", who="nobody"),
    Screen("set-up", "{link}", who="nobody"),
    Screen("today-empty", "/today/", who="first"),
    Screen("contacts-empty", "/contacts/", who="first"),
    Screen("board-empty", "/deals/board/", who="first"),
    Screen("sign-in", "/sign-in/", who="guest"),
    Screen("sign-in-wrong", "/sign-in/", _wrong_password, who="guest"),
    Screen("password-reset", "/sign-in/reset/", who="guest"),
    Screen("today", "/today/"),
    Screen("today-team", "/today/?scope=team"),
    Screen("today-why", "/today/why/"),
    Screen("contacts", "/contacts/"),
    Screen("contacts-peek", "/contacts/", _peek),
    Screen("contacts-bulk", "/contacts/", _select, only=DESK),
    Screen("contacts-cell", "/contacts/", _edit_cell, only=DESK),
    Screen("contacts-filter", "/contacts/?add=created_at"),
    Screen("contacts-view", "/contacts/?filter=owner = me and created_at >= -300d&sort=-created_at"),
    Screen("contacts-none", "/contacts/?q=nobodyatall"),
    Screen("companies", "/companies/"),
    Screen("company", "{companies}"),
    Screen("company-deals", "{companies}deals/"),
    Screen("company-changes", "{companies}changes/"),
    Screen("contact", "{contacts}"),
    Screen("contact-new", "/contacts/new/"),
    Screen("contact-edit", "{contacts}edit/"),
    Screen("contact-wrong", "/contacts/new/", _nothing_typed),
    Screen("deals", "/deals/"),
    Screen("deals-peek", "/deals/", _peek),
    Screen("board", "/deals/board/"),
    Screen("deal", "{deals}"),
    Screen("deal-new", "/deals/new/"),
    Screen("products", "/products/"),
    Screen("activities", "/activities/"),
    Screen("calendar", "/calendar/"),
    Screen("calendar-week", "/calendar/?view=week"),
    Screen("notifications", "/notifications/"),
    Screen("search", "/search/?q=li"),
    Screen("palette", "/today/", _palette),
    Screen("keys", "/today/", _keys),
    Screen("more", "/more/", only=("phone",)),
    Screen("import", "/import/"),
    Screen("import-columns", "/import/", _started_import),
    Screen("import-check", "/import/", _checked_import),
    Screen("import-result", "/import/", _done_import),
    Screen("settings", "/settings/"),
    Screen("profile", "/settings/profile/"),
    Screen("shortcuts", "/settings/shortcuts/"),
    Screen("security", "/settings/security/"),
    Screen("tokens", "/settings/tokens/"),
    Screen("notify-me", "/settings/notifications/"),
    Screen("api", "/api/"),
    Screen("missing", "/contacts/1/"),
    Screen("workspace", "/settings/workspace/", who="admin"),
    Screen("members", "/settings/members/", who="admin"),
    Screen("invite", "/settings/members/new/", who="admin"),
    Screen("teams", "/settings/teams/", who="admin"),
    Screen("roles", "/settings/roles/", who="admin"),
    Screen("role", "/settings/roles/new/", who="admin"),
    Screen("pipelines", "/settings/pipelines/", who="admin"),
    Screen("tags", "/settings/tags/", who="admin"),
    Screen("stale-edit", "{contacts}edit/", _stale),
    Screen("signed-out", "{contacts}edit/", _signed_out, who="late"),
    Screen("kept-form", "{contacts}edit/", _kept, who="later"),
)


def show(page: Any, address: str, screen: Screen) -> int:
    """Bring the page to the screen; the status of the answer, 0 where nothing was loaded."""
    path = screen.path
    if found := re.match(r"\{(\w+)\}", path):
        page.goto(f"{address}/{found[1]}/?filter=owner %3D me&sort=-last_touch_at")
        first = page.locator("tbody tr[id] th a").first.get_attribute("href") or "/"
        path = path.replace(found[0], first)
    answer = page.goto(address + path) if path else None
    page.wait_for_timeout(400)  # the event stream stays open, so the network is never idle
    if screen.act:
        screen.act(page)
    page.wait_for_timeout(300)
    return answer.status if answer else 0


def set_up(page: Any, link: str) -> None:
    """The first person of an empty installation, with the link that was printed for them."""
    page.goto(f"{link}&language=en")
    said = {"person": "Alex Lim", "email": FIRST, "password": PASSWORD, "name": "Northwind Instruments"}
    for name, value in said.items():
        page.fill(f"[name={name}]", value)
    page.locator("[name=begin][value=empty]").check(force=True)
    page.locator("form button.primary").click()
    page.wait_for_url("**/today/**")


def sign_in(page: Any, address: str, email: str, language: str = "") -> None:
    """As that person of the demo; `language` is chosen in the profile, as anybody would."""
    page.goto(f"{address}/sign-in/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/today/**")
    if language:
        page.goto(f"{address}/settings/profile/")
        page.select_option("[name=language]", language)
        page.locator("#main form button.primary").click()
        page.locator(".toast").first.wait_for()
