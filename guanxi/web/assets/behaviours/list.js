// The cursor of a list: J K move, X selects, ⇧J/K extend, ⌘A all, Enter or O opens, Space peeks, E edits. On a cell that
// can be edited Enter and letters edit it (edit.js).
// A list is a [data-list] region; its rows are table rows with an id, or [data-row]. Today's rows open as they are reached.

import { $, $$, hasMod, isShown, isTyping, layer, on, parse, say, send, triggerFrom, whenDrawn, word } from "./dom.js"
import { bindKey } from "./keys.js"
import htmx, { fill } from "./htmx.js"
import { show as openMenu } from "./menu.js"

const ROWS = "tbody tr[id], [data-row]"

const list = () => $$("[data-list]").find(isShown)
const rows = () => (list() ? $$(ROWS, list()) : [])

/** The row under the cursor, if the cursor is in the page. */
export const currentRow = () => rows().find(row => row.matches('.cursor, [aria-current="true"]'))

/** Puts the cursor on a row, or takes it away with null. */
export function setCursor(row, { focus = true } = {}) {
  for (const old of rows()) if (old !== row) leave(old)
  if (!row) return
  if (row.matches("[data-row]")) row.setAttribute("aria-current", "true")
  else row.classList.add("cursor")
  row.tabIndex = 0
  if (focus) row.focus({ preventScroll: true })
  row.scrollIntoView({ block: "nearest" })
  row.dispatchEvent(new CustomEvent("cursor", { bubbles: true }))
  openMore(row)
}

function leave(row) {
  row.classList.remove("cursor")
  if (row.matches("[data-row]")) row.removeAttribute("aria-current")
  row.tabIndex = -1
}

/** The row `step` further; the first one when the cursor is nowhere. */
export function moveCursor(step) {
  const all = rows()
  if (!all.length) return false
  const at = all.indexOf(currentRow())
  setCursor(all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))])
}

async function openMore(row) {
  const url = row.dataset.more
  if (!url || $(".act-more", row)) return
  const place = document.createElement("div")
  place.className = "act-more"
  row.append(place)
  const answer = await send("GET", url)
  if (!answer.ok) return place.remove()
  fill(place, await answer.text())
}

// ——— Keys ———

const walk = step => event => {
  if (event.target.closest("[role=menu], [role=listbox], dialog, .board")) return false
  if (event.code.startsWith("Arrow") && !list()?.contains(event.target)) return false
  return moveCursor(step)
}
for (const key of ["J", "ArrowDown"]) bindKey(key, walk(1))
for (const key of ["K", "ArrowUp"]) bindKey(key, walk(-1))
bindKey("⇧J", () => extend(1))
bindKey("⇧K", () => extend(-1))
bindKey("X", () => withRow(row => ($("[data-done]", row) ? $("[data-done]", row).click() : toggle(row))))
bindKey("⌘A", () => (checks().length ? selectAll(true) : false))
for (const key of ["O", "⏎"])
  bindKey(key, event => (event.target.closest("a, button, summary, [role=option]") ? false : withRow(open)))
bindKey("E", ({ target }) => {
  const cell = target.closest("[data-edit]") ?? $("[data-edit]", currentRow() ?? target)
  return cell?.dispatchEvent(new CustomEvent("edit", { bubbles: true })) ?? false
})

function withRow(does) {
  const row = currentRow()
  return row ? does(row) : false
}

function open(row) {
  const link = $("th a[href], a.who[href]", row) ?? $("a[href]", row)
  if (link) link.click()
  return !!link
}

on("click", ROWS, (event, row) => {
  if (!row.closest("[data-list]") || event.target.closest("a, button, input, label, [data-edit]")) return
  setCursor(row)
})
on("focusin", ROWS, (_, row) => {
  if (row.closest("[data-list]") && row !== currentRow()) setCursor(row, { focus: false })
})

// A row that is done goes away; the cursor lands on the next.
on("change", "[data-done]", (_, check) => {
  const row = check.closest(ROWS)
  const all = rows()
  const next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1]
  check.form.requestSubmit()
  setTimeout(() => next?.isConnected && setCursor(next), 170)
})

// A row that went away and was taken back has the cursor again, also where taking back loads the page anew.
let gone
addEventListener("pagehide", () => { if (gone) sessionStorage.gone = gone.id })
whenDrawn(() => {
  const back = sessionStorage.gone && document.getElementById(sessionStorage.gone)
  delete sessionStorage.gone
  if (back) setTimeout(() => setCursor(back))
})
document.addEventListener("htmx:beforeSwap", ({ detail: { target, serverResponse } }) => {
  if (target.matches("[data-row]") && !serverResponse) gone = target
})
document.addEventListener("htmx:afterSettle", () => {
  const back = gone && document.getElementById(gone.id)
  if (!back || back === gone) return
  gone = null
  setCursor(back)
})

// What few pages need is fetched as soon as there is something for it: cells that are picked together, formatted
// text, days, rows in an order, where one stands, a map to look at closer, cards that are carried, files that are
// dropped, figures that are walked by keys, the fields that they are made of, what is moved to another day, a select
// that decides what its form asks for, a menu that opens without script, the browser's time zone.
const RARE = {
  "[data-grid]": () => import("./grid.js"),
  "[data-rich]": () => import("./rich.js"),
  "input[type^=date]": () => import("./dates.js"),
  "[data-position]": () => import("./position.js"),
  "[data-order], [data-drag-rows]": () => import("./order.js"),
  "[data-push]": () => import("./push.js"),
  "[data-map]": () => import("./map.js"),
  "[data-board]": () => import("./board.js"),
  "[data-drop]": () => import("./files.js"),
  "[data-mentions]": () => import("./mentions.js"),
  ".shape": () => import("./shapes.js"),
  "details.dropdown": () => import("./dropdown.js"),
  ".pivot": () => import("./pivot.js"),
  ".shelf": () => import("./shelf.js"),
  "[data-calendar]": () => import("./calendar.js"),
  "[data-choose]": () => import("./choose.js"),
  "[data-own-zone]": () => import("./zone.js"),
}
const dom = { $, $$, isShown, layer, on, openMenu, send, parse, say, isTyping, hasMod, triggerFrom, whenDrawn, word, htmx }
const fetchRare = () => {
  for (const what in RARE) {
    if (!$(what)) continue
    RARE[what]().then(({ start }) => start(dom))
    delete RARE[what]
  }
}
whenDrawn(fetchRare)
new MutationObserver(fetchRare).observe(document.body, { childList: true, subtree: true })

whenDrawn(() => {
  for (const check of $$("input[data-mixed]")) check.indeterminate = true
  const all = rows()
  if (all.length && !all.some(row => row.tabIndex === 0)) all[0].tabIndex = 0
  const current = currentRow()
  if (current) openMore(current)
})

// ——— Thumbs: a swipe to the right is done, to the left is later ———

const FAR_ENOUGH = 88

on("pointerdown", "[data-row]", (event, row) => {
  if (event.pointerType !== "touch" || event.target.closest("a, button, input")) return
  const start = { x: event.clientX, y: event.clientY }
  let moved = 0
  const follow = ({ clientX, clientY }) => {
    if (Math.abs(clientY - start.y) > 24) return end()
    moved = clientX - start.x
    if (Math.abs(moved) > 12) row.dataset.swipe = ""
    row.style.translate = `${Math.max(-FAR_ENOUGH, Math.min(FAR_ENOUGH, moved))}px`
  }
  const end = up => {
    for (const [type, heard] of heardOnes) removeEventListener(type, heard)
    row.style.translate = ""
    delete row.dataset.swipe
    if (up?.type !== "pointerup" || Math.abs(moved) < FAR_ENOUGH) return
    setCursor(row, { focus: false })
    $(moved > 0 ? "[data-done]" : "[data-later]", row)?.click()
  }
  const heardOnes = [["pointermove", follow], ["pointerup", end], ["pointercancel", end]]
  for (const [type, heard] of heardOnes) addEventListener(type, heard)
})

// ——— Selection ———

export const checks = () => (list() ? $$("[data-row-check]", list()) : [])
export const selected = () => checks().filter(check => check.checked)

let last

export function toggle(row, checked) {
  const check = $("[data-row-check]", row)
  if (!check) return false
  check.checked = checked ?? !check.checked
  last = check
  announce()
}

export function selectAll(checked) {
  for (const check of checks()) check.checked = checked
  announce()
}

function extend(step) {
  const row = currentRow()
  if (row) toggle(row, true)
  if (moveCursor(step) === false) return false
  toggle(currentRow(), true)
}

function announce() {
  for (const check of checks()) {
    const row = check.closest("tr, [data-row]")
    check.checked ? row.setAttribute("aria-selected", "true") : row.removeAttribute("aria-selected")
  }
  const all = $("[data-select-all]")
  const count = selected().length
  if (all) {
    all.checked = count > 0 && count === checks().length
    all.indeterminate = count > 0 && !all.checked
  }
  document.dispatchEvent(new CustomEvent("selection"))
}

on("click", "[data-row-check]", (event, check) => {
  if (event.shiftKey && last?.isConnected) {
    const all = checks()
    const [from, to] = [all.indexOf(last), all.indexOf(check)].sort((a, b) => a - b)
    for (const one of all.slice(from, to + 1)) one.checked = check.checked
  }
  last = check
  announce()
})
on("change", "[data-select-all]", (_, check) => selectAll(check.checked))
document.addEventListener("htmx:afterSettle", announce)
