"""Every screen there is and how to come to it, for pictures (scripts/shots) and for axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin
from uuid import uuid4

from tests.chromium import until_changed

PASSWORD = "guanxi-demo"
# Each language is shown with the work of somebody who speaks it; the administrator's screens change theirs.
PEOPLE = {"en": "kelvin@xishan.example", "zh-hans": "lin@xishan.example", "zh-hant": "wong@xishan.example"}
ADMINISTRATOR = "gu@xishan.example"
LEADER = "zhou@xishan.example"
DESK = ("light", "dark")
POOL_PAGE = "#main a[href^='/pools/']:not([href$='/new/'])"
FIRST = "alex@northwind.example"


@dataclass(frozen=True)
class Screen:
    """`path` may hold {companies}: the address of the first record there, of one's own if any. {link}
    is the one that `guanxi serve` prints for the set-up. `act` is done after loading.

    who: "nobody" is there yet, or the "first" person of an empty installation; a "guest", a "member", the
    "admin", the "leader" of a team, or somebody who comes too "late" (or "later"), when the session
    has ended; an admin who is "leaving".
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
    shown = page.locator("#f-title").input_value()
    page.evaluate(
        """async title => {
          const [, plural, id] = location.pathname.split("/")
          const url = `/api/v1/${plural}/${id}`, token = document.querySelector("[name=csrf-token]").content
          const sent = await fetch(url, {method: "PATCH", body: JSON.stringify({title: title + " 2"}),
            headers: {"Content-Type": "application/json", "X-CSRFToken": token, "If-Match": "*"}})
          if (!sent.ok) throw new Error(await sent.text())
        }""",
        shown,
    )
    page.fill("#f-title", f"{shown} 3")
    page.locator("#main form button.primary").last.click()
    page.locator(".callout").first.wait_for()


def _fields_of_role(page: Any) -> None:
    page.locator("#main table a[href*='/settings/roles/']:not(.btn)").nth(2).click()
    page.locator("a[href*='/of/contact/']").click()
    page.locator("select[name='field:phones']").select_option("masked1")


def _wrong_password(page: Any) -> None:
    # Somebody else each time: who guesses too often is locked out, and those of the demo have to come in.
    page.fill("[name=email]", f"{uuid4().hex}@xishan.example")
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


def _opened(which: str) -> Callable[[Any], None]:
    """Clicks what opens a menu, a popover or a sheet."""

    def opens(page: Any) -> None:
        page.locator(which).filter(visible=True).last.click()

    return opens


def _later(page: Any) -> None:
    page.keyboard.press("j")
    page.locator(".act-more [data-menu]").filter(visible=True).first.wait_for()
    page.keyboard.press("s")
    page.locator(".act-more .menu:visible").first.wait_for()


def _call(page: Any) -> None:
    page.locator("#composer .seg label:has([value=call])").click()
    page.fill("#composer [name=body]", "@")
    page.locator("#mention-list [role=option]").first.wait_for()


def _archived(page: Any) -> None:
    _select(page)
    page.locator(".bulk button").filter(visible=True, has_text=re.compile("Archive|归档|封存")).first.click()
    page.locator(".toast").first.wait_for()


def _asked_by_lane(page: Any) -> None:
    """A card is put on a lane that wants to know something first."""
    page.locator("[data-card] [data-grip]").first.focus()
    page.keyboard.press("Enter")
    for _lane in range(9):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".lane-form").first.wait_for()


def _through(*links: str) -> Callable[[Any], None]:
    """Follows links, one after the other: each leads to a page of its own, not into a piece of the last."""

    def follows(page: Any) -> None:
        for link in links:
            address = page.url
            page.locator(link).filter(visible=True).first.click()
            page.wait_for_url(lambda url, left=address: url != left)
            page.locator("#main[aria-busy], .htmx-request").first.wait_for(state="detached")
            page.locator("main main, nav main").first.wait_for(state="detached")

    return follows


def _first_row(page: Any) -> None:
    address = page.url
    first = page.locator("#main tbody :is(th, td) a, #main .tree a").filter(visible=True).first
    page.goto(urljoin(address, first.get_attribute("href")))  # a row's own buttons may lie over its link


def _first_row_then(piece: str) -> Callable[[Any], None]:
    def goes(page: Any) -> None:
        _first_row(page)
        page.goto(page.url + piece)

    return goes


def _workflow(piece: str = "", then: str = "") -> Callable[[Any], None]:
    """The third of the workflows of a new workspace: one that waits and branches."""

    def goes(page: Any) -> None:
        links = page.locator(".recipes h2 a")
        href = links.nth(min(2, links.count() - 1)).get_attribute("href")
        page.goto(urljoin(page.url, f"{href}{piece}"))
        if then:
            _through(then)(page)

    return goes


def _plan(page: Any) -> None:
    """A plan of assignment; the first look makes one."""
    if not page.locator(".recipes h2 a").count():
        page.fill("[name=title]", "East")
        page.locator("main form button[type=submit]").last.click()
        page.locator("[name=move_on]").wait_for()
        return
    page.goto(urljoin(page.url, page.locator(".recipes h2 a").first.get_attribute("href")))


def _plan_text(page: Any) -> None:
    _plan(page)
    page.goto(page.url + "text/")


def _bulk_edit(page: Any) -> None:
    _select(page)
    page.locator(".bulk [data-bulk-go]").first.click()
    page.wait_for_url("**/bulk/edit/**")


def _merge(page: Any) -> None:
    _select(page)
    page.locator(".bulk [data-bulk-go*='/merge/']").first.click()
    page.wait_for_url("**/bulk/merge/**")


def _batch(page: Any) -> None:
    """What was done to many at once: three that are archived, unless there is one to see."""
    batches = "#main a[href^='/changes/batches/']"
    if not page.locator(batches).count():
        page.goto(urljoin(page.url, "/activities/"))
        page.set_viewport_size({"width": 1440, "height": 900})
        _archived(page)
        page.goto(urljoin(page.url, "/changes/"))
    _through(batches)(page)


def _certificate(page: Any) -> None:
    """Somebody is entered and erased at once, so that nobody of the demo has to go."""
    if not page.locator("#main a[href^='/privacy/']").count():
        person = page.evaluate(
            """async name => {
              const token = document.querySelector("[name=csrf-token]").content
              const sent = await fetch("/api/v1/contacts", {method: "POST", body: JSON.stringify({name}),
                headers: {"Content-Type": "application/json", "X-CSRFToken": token}})
              return (await sent.json()).id
            }""",
            "Robin Hale",
        )
        page.goto(urljoin(page.url, f"/contacts/{person}/privacy/"))
        page.fill("#f-typed", "Robin Hale")
        page.locator("#main form:has([name=typed]) button[type=submit]").click()
        page.locator("button[name=sure]").click()
        page.wait_for_url(re.compile(r"/privacy/\d+/$"))
        page.goto(urljoin(page.url, "/privacy/"))
    _through("#main a[href^='/privacy/']")(page)
    for _second in range(20):  # a worker erases
        if page.locator("#main h2").count():
            break
        page.wait_for_timeout(500)
        page.reload()


def _sent_by_hand(page: Any) -> None:
    """A quote goes out as an address that is handed over."""
    _first_row(page)
    page.fill("[name=to]", "")
    page.locator("form[action$='/send/'] button").click()
    page.locator("#f-link").wait_for()


def _as_the_customer(page: Any) -> None:
    _sent_by_hand(page)
    page.goto(page.input_value("#f-link"))


def _looked_at(page: Any) -> None:
    """A file of a company, put there unless it has one."""
    if not page.locator("#main a[href$='/look/']").count():
        sheet = {"name": "visitors.csv", "mimeType": "text/csv", "buffer": SHEETS["en"].encode()}
        page.set_input_files(".drop-files [type=file]", sheet)
        page.locator("#main a[href$='/look/']").first.wait_for()
    _through("#main a[href$='/look/']")(page)


def _invited(page: Any) -> None:
    """The administrator invites somebody, who opens the link."""
    page.fill("[name=email]", f"{uuid4().hex[:8]}@xishan.example")
    page.locator("#main form button.primary").click()
    link = page.locator("code.secret").inner_text()
    page.context.clear_cookies(name="sessionid")
    page.goto(link)


def _own_field(page: Any) -> None:
    _shaped(page)
    page.locator("#main tbody a[href*='/machine/']").first.click()
    page.locator("#main aside form button.primary").first.wait_for()


def _field_type(page: Any) -> None:
    _own_field(page)
    address = page.locator("#main aside a[href$='/type/']").get_attribute("href")
    page.goto(urljoin(page.url, f"{address}?type=text"))
    page.locator("#main form").first.wait_for()


def _shaped(page: Any) -> None:
    _shape(page)
    page.goto(page.url.replace("/company/", "/machine/"))


def _shape(page: Any) -> None:
    """The workspace gets an object of its own with a board, unless it has it already."""
    page.evaluate(
        """async made => {
          const token = document.querySelector("[name=csrf-token]").content
          const ask = async (method, url, body) => {
            const sent = await fetch("/api/v1/" + url, {method, body: body && JSON.stringify(body),
              headers: {"Content-Type": "application/json", "X-CSRFToken": token, "If-Match": "*"}})
            if (!sent.ok) throw new Error(await sent.text())
            return sent.json()
          }
          if ((await ask("GET", "objects")).data.some(one => one.name === "machine")) return
          const own = await ask("POST", "objects", made.object)
          for (const field of made.fields) await ask("POST", "fields", {object: "machine", ...field})
          await ask("PATCH", "objects/machine", {board: "state"})
          const firms = (await ask("GET", "companies?limit=6")).data
          for (let i = 0; i < 8; i++)
            await ask("POST", own.plural, {name: `WQ-${200 + i * 7}`, company: firms[i % firms.length].id,
              state: ["running", "due", "stopped"][i % 3],
              price: {amount: String(12000 + i * 900), currency: "CNY"}})
        }""",
        MACHINES,
    )


def _machines(piece: str = "") -> Callable[[Any], None]:
    def goes(page: Any) -> None:
        _shape(page)
        page.goto(urljoin(page.url, f"/machines/{piece}"))

    return goes


def _machine(page: Any) -> None:
    _machines()(page)
    _first_row(page)


def _view_menu(page: Any) -> None:
    page.locator("#view-menu > summary").click()


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
    remedy, ready = (
        page.locator(".issues > li > form button[name=mend]"),
        page.locator(".foot button.primary:enabled"),
    )
    while remedy.count():
        said = page.locator("#main").inner_text()
        remedy.first.click()
        until_changed(page, "#main", said)
        remedy.or_(ready).first.wait_for()
    ready.click()
    page.wait_for_url(re.compile(r"/import/\d+/$"))
    page.locator(".foot button:has(svg), .foot form button").first.wait_for()


def _scheduled_import(page: Any) -> None:
    _done_import(page)
    page.locator(".foot a[href$='/schedule/']").click()
    page.locator("#f-address").fill("https://shop.example/customers.csv")
    page.locator("#main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/import/schedules/\d+/$"))


def _send(page: Any) -> None:
    lang = page.locator("html").get_attribute("lang")
    encoding = {"zh-Hans": "gb18030", "zh-Hant": "big5", "en": "utf-8"}[lang]
    name = {"zh-Hans": "客户名单.csv", "zh-Hant": "客戶名單.csv", "en": "visitors.csv"}[lang]
    sheet = {"name": name, "mimeType": "text/csv", "buffer": SHEETS[lang].encode(encoding)}
    page.set_input_files("[name=files]", sheet)
    page.locator("form[enctype] button[type=submit]").click()


# What a workspace may add by itself.
MACHINES = {
    "object": {
        "name": "machine",
        "label": {"en": "Machine", "zh-hans": "设备", "zh-hant": "設備"},
        "icon": "monitor",
    },
    "fields": [
        {
            "type": "choice",
            "name": "state",
            "label": {"en": "State", "zh-hans": "状态", "zh-hant": "狀態"},
            "settings": {
                "options": [
                    {
                        "value": "running",
                        "label": {"en": "Running", "zh-hans": "运行中", "zh-hant": "運轉中"},
                        "tone": "malachite",
                    },
                    {
                        "value": "due",
                        "label": {"en": "Service due", "zh-hans": "待检修", "zh-hant": "待檢修"},
                        "tone": "gamboge",
                    },
                    {
                        "value": "stopped",
                        "label": {"en": "Stopped", "zh-hans": "停机", "zh-hant": "停機"},
                        "tone": "cinnabar",
                    },
                ]
            },
        },
        {"type": "money", "name": "price", "label": {"en": "Price", "zh-hans": "价格", "zh-hant": "價格"}},
        {
            "type": "link",
            "name": "company",
            "label": {"en": "Company", "zh-hans": "公司", "zh-hant": "公司"},
            "settings": {"to": "company"},
        },
        {
            "type": "formula",
            "name": "taxed",
            "label": {"en": "With tax", "zh-hans": "含税价", "zh-hant": "含稅價"},
            "settings": {"formula": "price * 1.13", "result": "money"},
        },
    ],
}

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

NESTED = quote("owner = me and (created_at >= -300d or city = 杭州 or not title contains 经理)")


def _shared(page: Any) -> None:
    """Shared with a team, and the reasons of somebody who is in it."""
    if not page.locator("ul.rows form").count():
        page.select_option("#f-to", index=4)
        page.fill("#f-until", "2027-06-30")
        page.fill("#f-word", "presales")
        page.locator("#add button[type=submit]").click()
        page.wait_for_load_state()
        page.locator("ul.rows form").first.wait_for()
    page.select_option("#why select", index=2)
    page.locator("#why button").click()
    page.locator("ul.why").wait_for()


def _arrived(page: Any) -> None:
    """Checked in at the first company, unless somebody still is; then on the way out."""
    _first_row_then("arrival/")(page)
    page.locator("form[data-position] button[type=submit]").click()
    page.goto(urljoin(page.url, "/visits/"))
    _through("#main .visit-rows a[href^='/activities/']")(page)
    page.goto(page.url + "departure/")


def _own_report(page: Any) -> None:
    page.locator("#main form[action='/work_reports/day/'] button").click()
    page.wait_for_url(re.compile(r"/work_reports/\d+/writing/$"))


def _visit_day(page: Any) -> None:
    """The last day on which somebody was at a customer's."""
    for _day in range(10):
        earlier = page.locator("#main .end a[data-key='[']").get_attribute("href")
        page.goto(urljoin(page.url, earlier))
        if page.locator(".visit-rows").count():
            return


def _visited(page: Any) -> None:
    _visit_day(page)
    _through("#main .visit-rows a[href^='/activities/']")(page)


def _clash_new(page: Any) -> None:
    _go_with_id(page, "/clashes/new/?object=company&id={id}")


def _clash(page: Any) -> None:
    """The administrator reports a customer of somebody else's, and looks at the evidence."""
    _first_row(page)
    _go_with_id(page, "/clashes/new/?object=company&id={id}")
    report = page.locator("form[action='/clashes/new/'] button.primary")
    if report.count():
        report.click()
        page.wait_for_url(re.compile(r"/clashes/\d+/$"))


def _go_with_id(page: Any, address: str) -> None:
    found = re.search(r"/companies/(\d+)/", page.url)
    assert found is not None
    page.goto(urljoin(page.url, address.format(id=found[1])))


def _sharing_rule(page: Any) -> None:
    if page.locator(".settings-rows").count():
        return
    page.fill("#f-name", "Food")
    page.select_option("#f-object", "company")
    page.fill("#f-filter", "industry = food")
    page.select_option("#f-to", index=9)
    page.locator("#add button[type=submit]").click()
    page.locator(".settings-rows").wait_for()


def _hand_over(page: Any) -> None:
    page.goto(urljoin(page.url, page.locator("table td a").nth(1).get_attribute("href") + "hand-over/"))


def _delegated(page: Any) -> None:
    if page.locator("table.tbl").count():
        return
    page.select_option("#f-to", index=2)
    page.fill("#f-until", "2099-01-01")
    page.evaluate("document.querySelector('#f-from').value = '2098-12-01'")
    page.locator("#add button[type=submit]").click()
    page.locator("table.tbl").wait_for()


def _weighed_role(page: Any) -> None:
    page.goto(urljoin(page.url, page.locator("#main td.fold-1 a").nth(2).get_attribute("href")))
    page.locator("select[name='see:*']").select_option("all")
    page.locator("[formaction*='preview']").click()
    page.locator("table, .empty").first.wait_for()


def _seen_as(page: Any) -> None:
    page.goto(urljoin(page.url, page.locator("table td a").nth(2).get_attribute("href")))
    page.locator("form[action*='/standing/as/'] button").click()
    page.locator(".standing").wait_for()


SCREENS = (
    Screen("set-up-code", "/set-up/", who="nobody"),
    Screen("set-up", "{link}", who="nobody"),
    Screen("today-empty", "/today/", who="first"),
    Screen("contacts-empty", "/contacts/", who="first"),
    Screen("board-empty", "/deals/board/", who="first"),
    Screen("sign-in", "/sign-in/", who="guest"),
    Screen("sign-in-wrong", "/sign-in/", _wrong_password, who="guest"),
    Screen("password-reset", "/sign-in/reset/", who="guest"),
    Screen("password-link-over", "/sign-in/reset/MQ/over/", who="guest"),
    Screen("invitation-over", "/join/nobody/", who="guest"),
    Screen("today", "/today/"),
    Screen("today-team", "/today/?scope=team"),
    Screen("today-later", "/today/", _later),
    Screen("today-why", "/today/why/"),
    Screen("today-left-alone", "/today/left-alone/", who="admin"),
    Screen("contacts", "/contacts/"),
    Screen("contacts-peek", "/contacts/", _peek),
    Screen("contacts-bulk", "/contacts/", _select, only=DESK),
    Screen("contacts-cell", "/contacts/", _edit_cell, only=DESK),
    Screen("contacts-filter", "/contacts/?add=created_at"),
    Screen("contacts-view", "/contacts/?filter=owner = me and created_at >= -300d&sort=-created_at"),
    Screen("contacts-none", "/contacts/?q=nobodyatall"),
    Screen("contacts-filters", "/contacts/", _opened("#add-filter > summary")),
    Screen("contacts-tree", f"/contacts/?tree=1&filter={NESTED}"),
    Screen(
        "contacts-save-view",
        f"/contacts/?filter={NESTED}",
        _opened(".subbar details:nth-of-type(1) > summary"),
        only=DESK,
    ),
    Screen("contacts-columns", "/contacts/", _opened(".subbar details > summary"), only=DESK),
    Screen("companies", "/companies/"),
    Screen("company", "{companies}"),
    Screen("company-deals", "{companies}deals/"),
    Screen("company-changes", "{companies}changes/"),
    Screen("company-sharing", "{companies}sharing/", _shared),
    Screen("company-files", "{companies}files/"),
    Screen("file", "{companies}files/", _looked_at),
    Screen("company-peek", "/companies/", _peek),
    Screen("company-call", "{companies}", _call),
    Screen("contact", "{contacts}"),
    Screen("contact-new", "/contacts/new/"),
    Screen("contact-edit", "{contacts}edit/"),
    Screen("contacts-alike", "/contacts/duplicates/"),
    Screen("merge", "/contacts/", _merge, who="admin", only=DESK),
    Screen("contact-wrong", "/contacts/new/", _nothing_typed),
    Screen("companies-groups", "/companies/?by=owner"),
    Screen("companies-gallery", "/companies/?layout=gallery"),
    Screen("companies-map", "/companies/?layout=map"),
    Screen("companies-board", "/companies/board/?by=role"),
    Screen("companies-view", "/companies/?by=industry", _view_menu, only=DESK),
    Screen("deals-groups", "/deals/?by=expected_close:month&sort=-amount"),
    Screen("deals-calendar", "/deals/?layout=calendar"),
    Screen("deals", "/deals/"),
    Screen("deals-peek", "/deals/", _peek),
    Screen("board", "/deals/board/"),
    Screen("board-filter", "/deals/board/?add=owner"),
    Screen("board-lane", "/deals/board/", _asked_by_lane, only=DESK),
    Screen("deal", "{deals}"),
    Screen("deal-new", "/deals/new/"),
    Screen("leads", "/leads/"),
    Screen("leads-board", "/leads/board/"),
    Screen("lead", "{leads}"),
    Screen("lead-convert", "{leads}conversion/"),
    Screen("pools", "/pools/"),
    Screen("pool-inside", "/pools/", _through("#main a[href*='filter=pool']")),
    Screen("pooled", "/pools/", _through("#main a[href*='filter=pool']", "#rows tr[id] th a")),
    Screen("pool", "/pools/", _through(POOL_PAGE), who="admin"),
    Screen("pool-rule", "/pools/", _through(POOL_PAGE, "aside a[href*='/rules/']"), who="admin"),
    Screen("pool-new", "/pools/new/", who="admin"),
    Screen("quotes", "/quotes/"),
    Screen("quotes-board", "/quotes/board/"),
    Screen("quote", "{quotes}"),
    Screen("quote-sheet", "{quotes}sheet/"),
    Screen("quote-new", "/quotes/new/"),
    Screen("quote-link", "/quotes/?filter=status = sent", _sent_by_hand, who="admin"),
    Screen("quote-public", "/quotes/?filter=status = sent", _as_the_customer, who="admin"),
    Screen("quote-versions", "{quotes}versions/"),
    Screen("quote-link-over", "/q/nobody/", who="guest"),
    Screen("quote-limits", "/settings/quotes/", who="admin"),
    Screen("price-books", "/price_books/"),
    Screen("price-book", "/price_books/", _first_row),
    Screen("orders", "/orders/", who="admin"),
    Screen("orders-board", "/orders/board/", who="admin"),
    Screen("order", "/orders/?filter=status = delivered", _first_row, who="admin"),
    Screen("order-deliver", "/orders/?filter=status = confirmed", _first_row_then("deliver/"), who="admin"),
    Screen("order-plan", "/orders/?filter=status = in_approval", _first_row_then("plan/"), who="admin"),
    Screen("order-invoice", "/orders/?filter=status = delivered", _first_row_then("invoice/"), who="admin"),
    Screen("order-from-deal", "/deals/?filter=status = won", _first_row_then("order/"), who="admin"),
    Screen("order-from-quote", "/quotes/?filter=status = accepted", _first_row_then("order/"), who="admin"),
    Screen(
        "order-take-back", "/orders/?filter=status = delivered", _first_row_then("take-back/"), who="admin"
    ),
    Screen("contract-from-deal", "/deals/?filter=status = won", _first_row_then("contract/"), who="admin"),
    Screen("contracts", "/contracts/", who="admin"),
    Screen("contract", "/contracts/", _first_row, who="admin"),
    Screen("invoices", "/invoices/", who="admin"),
    Screen("invoice", "/invoices/?filter=status = issued", _first_row, who="admin"),
    Screen("instalments", "/instalments/", who="admin"),
    Screen("instalment", "/instalments/", _first_row, who="admin"),
    Screen("instalments-board", "/instalments/board/", who="admin"),
    Screen("receipts", "/receipts/", who="admin"),
    Screen("receipt", "/receipts/", _first_row, who="admin"),
    Screen("receipt-allocate", "/receipts/", _first_row_then("allocate/"), who="admin"),
    Screen("receivables", "/receivables/", who="admin"),
    Screen("statement", "/receivables/", _first_row, who="admin"),
    Screen(
        "cube",
        "/analytics/cube/?object=deal&rows=team:2&rows=owner&columns=closed_on:quarter&measures=metric:won_amount"
        "&measures=distinct:company&compare=yoy&filter=closed_on+is+not+empty",
        who="admin",
    ),
    Screen("performance", "/performance/", who="admin"),
    Screen("performance-grid", "/performance/grid/", who="admin"),
    Screen("performance-forecast", "/performance/forecast/", who="admin"),
    Screen("performance-funnel", "/performance/funnel/", who="admin"),
    Screen("performance-commission", "/performance/commission/", who="admin"),
    Screen("dashboards", "/analytics/dashboards/", who="admin"),
    Screen("dashboard-ceo", "/analytics/dashboards/home/ceo/", who="admin"),
    Screen("dashboard-marketing", "/analytics/dashboards/home/marketing/?period=months_12", who="admin"),
    Screen("dashboard-service", "/analytics/dashboards/home/service/", who="admin"),
    Screen("dashboard-tv", "/analytics/dashboards/home/sales/?tv=1", who="admin", only=DESK),
    Screen("past", "/analytics/past/deals/?as_of=2026-08-31", who="admin"),
    Screen("past-board", "/analytics/past/deals/?as_of=2026-08-31&lanes=stage", who="admin"),
    Screen("question", "/analytics/questions/?q=won by tem this quarter"),
    Screen("deliveries", "/analytics/deliveries/"),
    Screen("warehouse", "/analytics/warehouse/", who="admin"),
    Screen("metrics", "/settings/metrics/", who="admin"),
    Screen("metric-new", "/settings/metrics/?new&object=deal", who="admin"),
    Screen("insights", "/analytics/insights/", who="admin"),
    Screen("insight-diagnosis", "/analytics/insights/diagnosis/", who="admin"),
    Screen("insight-pareto", "/analytics/insights/pareto/", who="admin"),
    Screen("insight-balance", "/analytics/insights/balance/", who="admin"),
    Screen("insight-strategy", "/analytics/insights/strategy/", who="admin"),
    Screen("insight-waterfall", "/analytics/insights/waterfall/", who="admin"),
    Screen("insight-effort", "/analytics/insights/effort/", who="admin"),
    Screen("insight-channels", "/analytics/insights/channels/", who="admin"),
    Screen("insight-gaps", "/analytics/insights/gaps/", who="admin"),
    Screen("insight-churn", "/analytics/insights/churn/", who="admin"),
    Screen("insight-traits", "/analytics/insights/traits/", who="admin"),
    Screen("insight-clv", "/analytics/insights/clv/", who="admin"),
    Screen("insight-comparison", "/analytics/insights/comparison/", who="admin"),
    Screen("insight-rfm", "/analytics/insights/rfm/", who="admin"),
    Screen("insight-cohorts", "/analytics/insights/cohorts/", who="admin"),
    Screen("insight-contests", "/analytics/insights/contests/", who="admin"),
    Screen("insight-receivables", "/analytics/insights/receivables/", who="admin"),
    Screen("insight-seasons", "/analytics/insights/seasons/", who="admin"),
    Screen("insight-bestsellers", "/analytics/insights/bestsellers/", who="admin"),
    Screen("insight-baskets", "/analytics/insights/baskets/", who="admin"),
    Screen("targets", "/targets/", who="admin"),
    Screen("target", "/targets/", _first_row, who="admin"),
    Screen("forecasts", "/forecasts/", who="admin"),
    Screen("forecast", "/forecasts/", _first_row, who="admin"),
    Screen("commissions", "/commissions/", who="admin"),
    Screen("commission", "/commissions/", _first_row, who="admin"),
    Screen("numbers", "/settings/numbers/", who="admin"),
    Screen("products", "/products/"),
    Screen("product", "/products/", _first_row),
    Screen("activities", "/activities/"),
    Screen("activity", "/activities/", _first_row),
    Screen("activity-new", "/activities/new/"),
    Screen("calendar", "/calendar/"),
    Screen("calendar-week", "/calendar/?view=week"),
    Screen("navigation", "/today/", _through("#go-contacts", "#go-companies", "#go-today"), only=DESK),
    Screen("calendar-followed", "/calendar/", _through("#cal a[href^='/activities/']"), only=DESK),
    Screen("notifications", "/notifications/"),
    Screen("search", "/search/?q=li"),
    Screen("palette", "/today/", _palette),
    Screen("keys", "/today/", _keys),
    Screen("more", "/more/", only=("phone",)),
    Screen("import", "/import/", who="admin"),
    Screen("import-columns", "/import/", _started_import, who="admin"),
    Screen("import-check", "/import/", _checked_import, who="admin"),
    Screen("import-result", "/import/", _done_import, who="admin"),
    Screen("import-schedule", "/import/", _scheduled_import, who="admin"),
    Screen("settings", "/settings/"),
    Screen("profile", "/settings/profile/"),
    Screen("shortcuts", "/settings/shortcuts/"),
    Screen("security", "/settings/security/"),
    Screen("tokens", "/settings/tokens/"),
    Screen("notify-me", "/settings/notifications/"),
    Screen("delegation-mine", "/settings/delegation/", _delegated),
    Screen("access", "/access/"),
    Screen("api", "/api/"),
    Screen("missing", "/contacts/1/"),
    Screen("nowhere", "/contract/"),
    Screen("workspaces", "/workspaces/"),
    Screen("forbidden", "/settings/roles/"),
    Screen("workspace-new", "/workspaces/new/", who="admin"),
    Screen("changes", "/changes/"),
    Screen("changes-batch", "/changes/", _batch, who="admin"),
    Screen("led", "/settings/led/", who="leader"),
    Screen("switcher", "/today/", _opened("#nav [data-menu]"), only=DESK),
    Screen("automations", "/automations/", who="admin"),
    Screen("automation-new", "/automations/new/", who="admin"),
    Screen("automation", "/automations/", _workflow(), who="admin"),
    Screen("automation-step", "/automations/", _workflow("?edit=0"), who="admin"),
    Screen("automation-condition", "/automations/", _workflow("?edit=if"), who="admin"),
    Screen("automation-dry-run", "/automations/", _workflow("dry-run/?days=90"), who="admin"),
    Screen("email-templates", "/settings/email-templates/", who="admin"),
    Screen("scores", "/settings/scores/", who="admin"),
    Screen("score", "/settings/scores/", _workflow(), who="admin"),
    Screen("score-rule", "/settings/scores/", _workflow("?edit=add"), who="admin"),
    Screen("score-dry-run", "/settings/scores/", _workflow("dry-run/"), who="admin"),
    Screen("score-text", "/settings/scores/", _workflow("text/"), who="admin"),
    Screen("assignment", "/settings/assignment/", who="admin"),
    Screen("assignment-plan", "/settings/assignment/", _plan, who="admin"),
    Screen("assignment-text", "/settings/assignment/", _plan_text, who="admin"),
    Screen("automation-runs", "/automations/", _workflow("runs/"), who="admin"),
    Screen(
        "automation-run",
        "/automations/",
        _workflow("runs/", "#main a[href^='/automations/runs/']"),
        who="admin",
    ),
    Screen("automation-versions", "/automations/", _workflow("versions/"), who="admin"),
    Screen("automation-text", "/automations/", _workflow("text/"), who="admin"),
    Screen("approvals", "/approvals/?scope=all", who="admin"),
    Screen("approval", "/approvals/?scope=all", _workflow(), who="admin"),
    Screen("approval-processes", "/settings/approvals/", who="admin"),
    Screen("approval-process", "/settings/approvals/", _workflow("?edit=step:0"), who="admin"),
    Screen("workspace", "/settings/workspace/", who="admin"),
    Screen("members", "/settings/members/", who="admin"),
    Screen("invite", "/settings/members/new/", who="admin"),
    Screen("teams", "/settings/teams/", who="admin"),
    Screen("roles", "/settings/roles/", who="admin"),
    Screen("role", "/settings/roles/new/", who="admin"),
    Screen("role-fields", "/settings/roles/", act=_fields_of_role, who="admin"),
    Screen("projects", "/projects/", who="admin"),
    Screen("projects-board", "/projects/board/", who="admin"),
    Screen("project", "{projects}", who="admin"),
    Screen("project-open", "{orders}project/", who="admin"),
    Screen("project-milestones", "{projects}milestones/", who="admin"),
    Screen("milestone", "/milestones/", _first_row, who="admin"),
    Screen("project-hours", "{projects}time_entries/", who="admin"),
    Screen("tenders", "/tenders/", who="admin"),
    Screen("tender", "{tenders}", who="admin"),
    Screen("subscription", "{subscriptions}", who="admin"),
    Screen("feed", "{feeds}", who="admin"),
    Screen("pipelines", "/settings/pipelines/", who="admin"),
    Screen("gate", "/settings/pipelines/", _through("#main a[href$='/gate/']"), who="admin"),
    Screen("deal-copy", "{deals}copy/"),
    Screen("layout", "/settings/objects/company/layout/", who="admin"),
    Screen("layout-list", "/settings/objects/company/layout/?part=columns", who="admin"),
    Screen("tags", "/settings/tags/", who="admin"),
    Screen("member", "/settings/members/", _first_row, who="admin"),
    Screen("team", "/settings/teams/", _first_row, who="admin"),
    Screen("sharing-rules", "/settings/sharing/", _sharing_rule, who="admin"),
    Screen("hand-over", "/settings/members/", _hand_over, who="admin"),
    Screen("role-preview", "/settings/roles/", _weighed_role, who="admin"),
    Screen("role-edit", "/settings/roles/", _first_row, who="admin"),
    Screen("working-days", "/settings/working-days/", who="admin"),
    Screen("working-hours", "/settings/working-days/hours/", who="admin"),
    Screen("team-hours", "/settings/teams/", _first_row_then("hours/"), who="admin"),
    Screen("own-hours", "/settings/profile/hours/"),
    Screen("map-outline", "/settings/map/", who="admin"),
    Screen("learned-models", "/settings/learned/", who="admin"),
    Screen("rates", "/settings/rates/", who="admin"),
    Screen("objects", "/settings/objects/company/", who="admin"),
    Screen("object-new", "/settings/objects/?new", who="admin"),
    Screen("field-kinds", "/settings/objects/company/?add=choose", who="admin"),
    Screen("field-choice", "/settings/objects/company/?add=choice", who="admin"),
    Screen("field-formula", "/settings/objects/company/?add=formula", who="admin"),
    Screen("object-own", "/settings/objects/company/", _shaped, who="admin"),
    Screen("rules", "/settings/objects/company/rules/?new", who="admin"),
    Screen("field-type", "/settings/objects/company/", _field_type, who="admin"),
    Screen("field-own", "/settings/objects/company/", _own_field, who="admin"),
    Screen("own-list", "/settings/objects/company/", _machines(), who="admin"),
    Screen("own-board", "/settings/objects/company/", _machines("board/"), who="admin"),
    Screen("own-record", "/settings/objects/company/", _machine, who="admin"),
    Screen("own-new", "/settings/objects/company/", _machines("new/"), who="admin"),
    Screen("gallery", "/gallery/", who="admin"),
    Screen("trash", "/trash/", who="admin"),
    Screen("delegation", "/settings/delegation/", who="admin"),
    Screen("duplicates", "/settings/duplicates/", who="admin"),
    Screen("visits", "/visits/", _visit_day, who="leader"),
    Screen("visit-arrival", "/companies/", _first_row_then("arrival/")),
    Screen("visit-departure", "/companies/", _arrived),
    Screen("visit", "/visits/", _visited),
    Screen("work-reports", "/work_reports/day/", who="leader"),
    Screen("work-report", "/work_reports/day/", _own_report),
    Screen("work-report-list", "/work_reports/", who="leader"),
    Screen("work-report-record", "/work_reports/", _first_row),
    Screen("visit-policy", "/visits/policy/", who="admin"),
    Screen("clashes", "/clashes/", who="admin"),
    Screen("clash-policy", "/clashes/policy/", who="admin"),
    Screen("clash-new", "{companies}", _clash_new),
    Screen("clash", "/companies/", _clash, who="admin"),
    Screen("copies", "/settings/copies/", who="admin"),
    Screen("configuration", "/settings/configuration/", who="admin"),
    Screen(
        "sharing-condition",
        "/settings/sharing/condition/companies/?filter=industry+%3D+food+and+city+%3D+X&tree=1",
        who="admin",
    ),
    Screen("privacy", "/privacy/", who="admin"),
    Screen("certificate", "/privacy/", _certificate, who="admin"),
    Screen("contact-privacy", "/contacts/", _first_row_then("privacy/"), who="admin"),
    Screen("contact-delete", "/contacts/", _first_row_then("delete/"), who="admin"),
    Screen("bulk-edit", "/contacts/", _bulk_edit, who="admin", only=DESK),
    Screen("contacts-archived", "/contacts/", _archived, who="admin", only=DESK),
    Screen("seen-as", "/settings/members/", _seen_as, who="admin"),  # the last: it stays until it ends
    Screen("stale-edit", "{contacts}edit/", _stale),
    Screen("signed-out", "{contacts}edit/", _signed_out, who="late"),
    Screen("kept-form", "{contacts}edit/", _kept, who="later"),
    Screen("invited", "/settings/members/new/", _invited, who="leaving"),
)


def show(page: Any, address: str, screen: Screen) -> int:
    """Bring the page to the screen; the status of the answer, 0 where nothing was loaded."""
    path = screen.path
    if found := re.match(r"\{(\w+)\}", path):
        page.goto(f"{address}/{found[1]}/?filter=owner %3D me&sort=-last_touch_at")
        rows = page.locator("#rows tr[id] th a")
        if not rows.count():  # nobody gives somebody of every language one of each
            page.goto(f"{address}/{found[1]}/")
        first = rows.first.get_attribute("href") or "/"
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
