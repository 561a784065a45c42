"""Records looked at in other ways: calendar, gallery, the foot of a list, a map, the past of a record."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

import pytest

from tests.chromium import until
from tests.journeys.office import Office, open_office

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


def square(name: str, west: int, south: int) -> dict[str, Any]:
    """A province of four degrees."""
    ring = [[west, south], [west + 4, south], [west + 4, south + 4], [west, south + 4], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


OUTLINE = {
    "type": "FeatureCollection",
    "features": [square("Zhejiang", 118, 27), square("Jiangsu", 118, 31)],
}


DROP = """([selector, files]) => {
  const dataTransfer = new DataTransfer()
  for (const [name, text] of files) dataTransfer.items.add(new File([text], name))
  for (const type of ["dragover", "drop"])
    document.querySelector(selector).dispatchEvent(
      new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}))
}"""
DROP_FOLDER = """([selector, tree]) => {
  const entry = ([name, inside], above = "") => ({
    name, fullPath: `${above}/${name}`, isFile: !Array.isArray(inside), isDirectory: Array.isArray(inside),
    file: (done, fail) => inside === null ? fail(new DOMException("gone")) : done(new File([inside], name)),
    createReader: () => {
      const batches = [inside.map(one => entry(one, `${above}/${name}`)), []]
      return { readEntries: done => done(batches.shift()) }
    },
  })
  const dataTransfer = { types: ["Files"], files: [], items: [{ webkitGetAsEntry: () => entry(tree) }] }
  const event = new Event("drop", {bubbles: true, cancelable: true})
  document.querySelector(selector).dispatchEvent(Object.assign(event, {dataTransfer}))
}"""
PASTE = """text => {
  const clipboardData = new DataTransfer()
  clipboardData.setData("text/plain", text)
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}))
}"""


@pytest.fixture(scope="module")
def office(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(browser, tmp_path_factory.mktemp("office")) as opened:
        yield opened


def test_what_is_planned_is_put_on_another_day_by_mouse_and_by_keys(office: Office):
    page = office.page
    office.go("/machines/?layout=calendar&by=due&at=2027-03-01")
    entry = page.locator(f"[data-move*='{office.ids[0]}']:visible").first
    entry.drag_to(page.locator("td[data-day='2027-03-18']:visible"))
    until(page, lambda: office.machine(1)["due"] == "2027-03-18", "the day to which it was carried")
    there = page.locator(f"td[data-day='2027-03-18'] [data-move*='{office.ids[0]}']:visible")
    playwright.expect(there).to_have_count(1)

    def a_day_later() -> bool:
        if there.count():  # what others do draws the calendar anew, and a key may fall in between
            there.press("Alt+ArrowRight")
        return bool(office.machine(1)["due"] == "2027-03-19")

    until(page, a_day_later, "the day after it")


def test_a_filter_is_said_in_words_by_keys(office: Office):
    page = office.page
    office.go("/machines/")
    page.keyboard.press("f")
    said = page.locator("[name=phrase]")
    playwright.expect(said).to_be_focused()
    said.fill("price over 1500 without due")
    said.press("Enter")
    until(page, lambda: "price > 1500 and due is empty" in unquote(page.url), "the conditions in the address")
    playwright.expect(page.locator("#rows tr")).to_have_count(0)
    page.keyboard.press("f")
    said.fill("purple")
    said.press("Enter")
    playwright.expect(page.get_by_role("alert")).to_contain_text("purple")
    playwright.expect(said).to_have_value("purple")
    said.fill("pri")  # what is called so is still one key away
    said.press("Enter")
    playwright.expect(page.locator("#filter-editor")).to_be_visible()


def test_the_foot_of_a_list_follows_what_is_edited_in_it(office: Office):
    page = office.page
    office.go("/machines/?columns=name,price&sort=name")
    foot = page.locator("#list-count")
    playwright.expect(foot).to_contain_text("6,000")
    page.locator("#rows td[data-name=price]").nth(2).click()
    page.locator("#rows td.editing [name=value]").fill("3500")
    page.keyboard.press("Enter")
    playwright.expect(foot).to_contain_text("6,500")
    page.keyboard.press("Escape")
    page.locator(".figures-menu > summary").click()
    average = page.locator("#figures tbody a", has_text="US$2,166.67")
    playwright.expect(average).to_be_visible()
    average.click()
    page.wait_for_url("**aggregates=price*avg**")
    playwright.expect(foot).to_contain_text("US$2,166.67")
    playwright.expect(foot).not_to_contain_text("6,500")
    office.go("/machines/?layout=gallery&sort=name")
    playwright.expect(page.locator(".card-list > .card")).to_have_count(3)
    page.locator(".card-list > .card a").first.click()
    page.wait_for_url(f"**/machines/{office.ids[0]}/")


def test_a_record_is_seen_as_it_was_and_a_change_is_taken_back(office: Office):
    page, key = office.page, office.ids[1]
    office.go(f"/machines/{key}/changes/")
    before = page.locator("#changes time").last.get_attribute("datetime") or ""
    office.ask("PATCH", f"machines/{key}", {"name": "Lathe 11"})
    office.go(f"/machines/{key}/?as_of={quote(before)}")
    playwright.expect(page.locator("main h1")).to_have_text("Machine 2")
    office.go(f"/machines/{key}/changes/")
    playwright.expect(page.locator("main h1").last).to_have_text("Lathe 11")
    page.locator("#changes form button:has-text('Undo this')").first.click()
    playwright.expect(page.locator("main h1").last).to_have_text("Machine 2")
    playwright.expect(page.locator(".toast")).to_have_text(re.compile("Taken back"))
    assert office.machine(2)["name"] == "Machine 2"


def test_a_view_is_kept_shared_and_put_into_the_navigation(office: Office):
    page = office.page
    office.go("/machines/?filter=price%20%3E%201500&sort=-price")
    page.locator("summary:has-text('Save as')").click()
    page.fill("#view-name", "Dear ones")
    page.select_option("#view-shared", "all")
    page.locator("form:has(#view-name) button[type=submit]").click()
    page.wait_for_url("**/machines/?view=*")
    page.locator("#view-menu > summary").click()
    page.locator("#view-menu form[action$='/pin/'] button").click()
    pin = page.locator("#nav-entries a", has_text="Dear ones")
    playwright.expect(pin).to_be_visible()
    office.go("/today/")
    pin.click()
    playwright.expect(page.locator("#rows tr[id]")).to_have_count(2)


def test_conditions_are_nested_by_clicks_and_stay_with_every_layout(office: Office):
    page = office.page
    office.go("/machines/?sort=name")
    page.locator("#add-filter summary").click()
    page.locator("#add-filter .menu a").first.click()

    def ask(form: Any, field: str, operator: str, value: str) -> None:
        form.locator("select").select_option(field)
        form.locator("button").click()
        page.locator("#f-op").select_option(operator)
        page.locator("#f-value").fill(value)
        page.locator("#filter-editor button[type=submit]").click()
        page.locator("#filter-editor").wait_for(state="detached")

    tree = page.locator("#filter-tree form")
    ask(tree.first, "name", "is", "Machine 1")
    ask(tree.nth(1), "name", "is", "Machine 3")
    rows = page.locator("#rows tr[id]")
    playwright.expect(rows).to_have_count(2)
    playwright.expect(page.locator("#chip-0")).to_contain_text("Machine 1 or ")
    page.locator("details:has(a[href*='layout=gallery']) > summary").first.click()
    page.locator("a[href*='layout=gallery']:visible").first.click()
    playwright.expect(page.locator(".card-list > li")).to_have_count(2)
    assert " or " in unquote(page.url)


def test_who_types_into_a_field_of_many_means_to_set_it(office: Office):
    page = office.page
    office.go("/machines/?sort=name")
    page.locator("[data-row-check]").first.check(force=True)
    page.locator(".bulk [data-bulk-go]").first.click()
    page.wait_for_url("**/bulk/edit/**")
    page.locator("main [name=due]").fill("2027-05-05")
    playwright.expect(page.locator("main [name=due-do]")).to_have_value("set")
    page.locator("main button[name=apply]").click()
    until(page, lambda: office.machine(1)["due"] == "2027-05-05", "the day that was typed")


def test_merge_is_offered_for_as_many_as_can_be_merged(office: Office):
    page = office.page
    office.go("/machines/?sort=name")
    merge = page.locator(".bulk [data-bulk-go*='/merge/']")
    rows = page.locator("[data-row-check]")
    rows.nth(0).check(force=True)
    playwright.expect(merge).to_be_hidden()
    rows.nth(1).check(force=True)
    playwright.expect(merge).to_be_visible()
    assert merge.get_attribute("data-bulk-most") == "20"
    merge.evaluate("button => { button.dataset.bulkMost = 2 }")
    rows.nth(2).check(force=True)
    playwright.expect(merge).to_be_hidden()


def test_a_map_is_looked_at_closer_by_wheel_keys_and_buttons_and_moved(office: Office):
    page = office.page
    office.go("/settings/map/")
    file = {"name": "two.geojson", "mimeType": "application/geo+json", "buffer": json.dumps(OUTLINE).encode()}
    page.set_input_files("#f-file", file)
    page.locator("main [name=source]").fill("drawn for a test")
    page.locator("main form[enctype] button.primary").click()
    page.locator("main svg.outline-map").wait_for()
    office.ask("POST", "companies", {"name": "Qinghe Water", "position": "30.27,120.15"})
    office.go("/companies/?layout=map")
    drawing = page.locator("svg[data-map]")
    whole = drawing.get_attribute("viewBox")

    def seen() -> list[float]:
        return [float(one) for one in drawing.get_attribute("viewBox").split()]

    width = seen()[2]
    box = drawing.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.wheel(0, -600)
    until(page, lambda: seen()[2] < width / 2, "what the wheel shows")
    left = seen()[0]
    page.mouse.down()
    page.mouse.move(x - 90, y, steps=4)
    page.mouse.up()
    until(page, lambda: seen()[0] > left, "what lay to the right")
    assert "layout=map" in page.url, "a press that moves the map follows no link"
    drawing.focus()
    page.keyboard.press("0")
    until(page, lambda: seen() == [float(one) for one in whole.split()], "the whole map")
    page.locator("[data-zoom] button").first.click()
    until(page, lambda: seen()[2] < width, "what the button shows")
    page.locator("svg a.spot").first.click()
    page.wait_for_url(re.compile(r"/companies/\d+/"))


def test_cells_of_a_spreadsheet_are_looked_at_pasted_filled_down_and_taken_back(office: Office):
    page = office.page

    def prices() -> list[int]:
        return [int(float(office.machine(number)["price"]["amount"])) for number in (1, 2, 3)]

    before = prices()
    office.go("/machines/?columns=name,price&sort=created_at")
    cells = page.locator("#rows td[data-name=price]")

    def shown(what: Any, does: Callable[[], object]) -> bool:
        """Cells picked together, and what follows; what others do may draw the list anew in between."""
        cells.nth(0).drag_to(cells.nth(2))
        if page.locator("[data-picked]").count() == 3:
            does()
        try:
            what.wait_for(timeout=5_000)
        except playwright.TimeoutError:
            return False
        return True

    preview, toast = page.locator("[data-grid] button.primary"), page.locator(".toast")
    until(page, lambda: shown(preview, lambda: page.evaluate(PASTE, "41\nmany\n43")), "what would go where")
    playwright.expect(page.locator("[data-grid]")).to_contain_text("“many” is not a number")
    assert prices() == before, "a preview writes nothing"
    # What is written is there before the list that comes with it: who goes elsewhere then is interrupted.
    with page.expect_navigation():
        preview.click()
    until(page, lambda: prices() == [41, before[1], 43], "what was pasted")
    office.go("/machines/?columns=name,price&sort=created_at")
    until(page, lambda: shown(toast, lambda: page.keyboard.press("Control+d")), "that it was filled down")
    until(page, lambda: prices() == [41, 41, 41], "the first one in all")
    with page.expect_navigation():
        toast.get_by_text("Undo").click()
    until(page, lambda: prices() == [41, before[1], 43], "what was there before the fill")

    def pasted_into_an_editor() -> bool:
        if not preview.is_visible():  # what others do may have drawn the list anew, and the editor is gone
            cells.nth(0).click()
            page.locator("#rows td.editing input").wait_for()
            page.evaluate(PASTE, "51\n52")
        try:
            preview.wait_for(timeout=5_000)
        except playwright.TimeoutError:
            return False
        return True

    office.go("/machines/?columns=name,price&sort=created_at")
    until(page, pasted_into_an_editor, "several cells, not one long line")
    with page.expect_navigation():
        preview.click()
    until(page, lambda: prices() == [51, 52, 43], "the cells from there on")


def test_who_types_faster_than_the_answers_links_to_what_was_typed(office: Office):
    page = office.page
    office.go("/machines/")
    field = {
        "object": "machine",
        "type": "link",
        "name": "maker",
        "label": "Maker",
        "settings": {"to": "company"},
    }
    office.ask("POST", "fields", field)
    ids = [office.ask("POST", "companies", {"name": name})["id"] for name in ("Alpine Tools", "Zenith Works")]
    until(
        page, lambda: "Zenith" in page.request.get(f"{office.address}/search/?q=zenith").text(), "its words"
    )
    office.go(f"/machines/{office.ids[0]}/edit/")
    name = page.locator("main [name=maker-text]")
    name.click()
    playwright.expect(page.locator("[role=option]:visible").first).to_be_visible()
    name.press_sequentially("zenith")
    name.press("Enter")
    playwright.expect(name).to_have_value("Zenith Works")
    page.locator(".form-foot button.primary").click()
    until(page, lambda: office.machine(1)["maker"] is not None, "a maker")
    assert office.machine(1)["maker"]["id"] == ids[1]


def test_files_are_dropped_on_a_record_and_an_older_version_comes_back(office: Office):
    page, sync, files = office.page, playwright, f"/machines/{office.ids[0]}/files/"

    def there() -> str:
        return str(page.request.get(office.address + files).text())

    office.go(f"/machines/{office.ids[0]}/")
    sync.expect(page.locator("link[href*=uploads]")).to_have_count(1)  # what takes files is there
    script = "<script>document.title = 'run'</script>"
    page.evaluate(DROP, [".rec-head", [["page.html", script], ["empty.txt", ""]]])
    until(page, lambda: "empty.txt" in there(), "the second of two files")
    years = [["2025", [["offer.pdf", "old"]]], ["gone.txt", None], ["2026", [["offer.pdf", "new"]]]]
    page.evaluate(DROP_FOLDER, [".rec-head", ["Offers", years]])
    until(page, lambda: "offer (Offers - 2026).pdf" in there(), "the second of one name in a folder")
    assert "offer (Offers - 2025).pdf" in there()
    lost = page.locator(".uploads li", has_text="gone.txt")
    sync.expect(lost.locator("[role=alert]")).to_be_visible()
    lost.get_by_role("button", name="Close gone.txt").click()
    sync.expect(lost).to_have_count(0)
    page.evaluate(DROP, [".rec-facts", [["page.html", "second"]]])
    until(page, lambda: "2 versions" in there(), "a newer version")
    sync.expect(page.locator("#rec-tabs a[href$='/files/'] .count")).to_have_text("4")  # another tab is open
    office.go(files)
    sync.expect(page.locator(".file-list > li")).to_have_count(4)
    page.locator(".file-list a.tag").click()
    sync.expect(page.locator(".file-text")).to_have_text("second")
    page.get_by_role("button", name="Restore version 1").click()
    sync.expect(page.locator(".file-text")).to_contain_text(script)
    assert page.title() != "run"
    page.locator("summary", has_text="Rename").click()
    page.get_by_label("Name of the file").fill("first.html")
    page.keyboard.press("Enter")
    sync.expect(page.locator("h1")).to_have_text("first.html")
    office.go(files)
    page.get_by_label("Remove first.html").click()
    sync.expect(page.locator(".file-list:not(details *) > li")).to_have_count(3)
    page.locator("[data-toast] button").click()
    sync.expect(page.locator(".file-list:not(details *) > li")).to_have_count(4)


def test_all_that_match_are_counted_changed_by_a_worker_and_taken_back_from_the_toast(office: Office):
    page, expect = office.page, playwright.expect
    office.ask("POST", "objects", {"label": {"en": "Pump"}, "plural_label": {"en": "Pumps"}})
    for number in range(54):
        office.ask("POST", "pumps", {"name": f"Pump {number:02}"})
    office.go("/pumps/?sort=name")
    page.locator("thead input[type=checkbox]").check(force=True)
    expect(page.locator("[data-bulk-count]")).to_have_text("30 selected")
    page.locator("[data-bulk-all]").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("All 54 that match")
    page.locator("[data-bulk='/pumps/bulk/archive/']").click()
    page.wait_for_url("**/changes/batches/**")
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("Archived 54 pumps")
    expect(toast.locator("button")).to_be_visible()
    toast.locator("button").click()

    def back() -> bool:
        return len(page.request.get(f"{office.address}/api/v1/pumps?limit=100").json()["data"]) == 54

    until(page, back, "what the toast takes back")


def test_cards_follow_what_others_move_and_the_one_in_hand_stays(office: Office):
    page, expect = office.page, playwright.expect
    office.ask("POST", "objects", {"label": {"en": "Valve"}, "plural_label": {"en": "Valves"}})
    options = [{"value": name, "label": name} for name in ("new", "open", "shut")]
    field = {"object": "valve", "type": "choice", "name": "state", "label": "State"}
    office.ask("POST", "fields", {**field, "settings": {"options": options}})
    one, other = (office.ask("POST", "valves", {"name": name, "state": "new"})["id"] for name in ("V1", "V2"))

    def lane(name: str) -> Any:
        return page.locator(f"#lane-{name} [data-card]")

    office.go("/valves/board/?by=state")
    expect(lane("new")).to_have_count(2)
    office.ask("PATCH", f"valves/{one}", {"state": "open"})
    expect(lane("open")).to_have_attribute("data-card", one)
    expect(lane("new")).to_have_count(1)
    page.locator(f"#deal-{other} [data-grip]").press("Enter")
    office.ask("PATCH", f"valves/{one}", {"state": "shut"})
    office.ask("PATCH", f"valves/{other}", {"state": "shut"})
    expect(page.locator("#lane-head-shut .count")).to_have_text(
        "2"
    )  # the heads have come, and the cards with them
    expect(lane("new")).to_have_attribute("data-card", other)
    page.keyboard.press("Escape")
    expect(lane("shut")).to_have_count(2)
    expect(lane("new")).to_have_count(0)
    made = office.ask("POST", "valves", {"name": "V3", "state": "new"})["id"]
    expect(lane("new")).to_have_attribute("data-card", made)
    office.ask("PATCH", f"valves/{made}", {"name": "V3 again"})
    expect(lane("new")).to_contain_text("V3 again")


def test_values_of_several_parts_are_edited_in_place_by_keys_alone(office: Office):
    page, expect = office.page, playwright.expect
    field = {"object": "machine", "type": "choices", "name": "uses", "label": "Uses"}
    options = [{"value": name, "label": name.title()} for name in ("water", "air", "soil")]
    office.ask("POST", "fields", {**field, "settings": {"options": options}})
    office.ask("POST", "fields", {"object": "machine", "type": "person", "name": "keeper", "label": "Keeper"})
    values = {"uses": ["water", "soil"], "keeper": {"family": "Lin", "given": "Zhiyao"}}
    office.ask("PATCH", f"machines/{office.ids[1]}", values)
    office.go(f"/machines/{office.ids[1]}/")
    uses, keeper = page.locator("#fact-uses"), page.locator("#fact-keeper")
    uses.focus()
    page.keyboard.press("Enter")
    expect(uses.locator("[type=checkbox]").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(uses).to_contain_text("Air")
    until(page, lambda: office.machine(2)["uses"] == ["water", "air", "soil"], "the third of three")
    expect(keeper.locator("[name=keeper-given]")).to_be_focused()  # Enter saves and goes on to the next
    page.keyboard.press("Tab")
    expect(keeper.locator("[name=keeper-family]")).to_be_focused()
    page.keyboard.type("Chen")
    page.keyboard.press("Enter")
    until(page, lambda: office.machine(2)["keeper"]["family"] == "Chen", "the family name")
