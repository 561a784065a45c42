// Keys. Bound by the place on the keyboard (event.code), never while an input method composes or somebody types.
// `data-key="N"` presses an element, `data-key-focus="/"` focuses one, `data-go="T"` follows it after G.
// A member may put other keys in place of ours, or switch single keys off (WCAG 2.1.4).

import { $, $$, closeTopLayer, hasMod, isShown, isTyping, modName, on, whenDrawn } from "./dom.js"
import { fill } from "./htmx.js"

const remapped = JSON.parse(document.body.dataset.keyMap ?? "{}") // our key → the member's
const singleKeys = document.body.dataset.singleKeys !== "off"
const named = { Escape: "Esc", Slash: "/", Space: "Space", Enter: "⏎", Backspace: "⌫", Delete: "⌫" }
const bound = new Map()

/** Calls `handler(event)` for one of our keys; it returns false when it has nothing to do here. */
export const bindKey = (key, handler) => bound.set(key, [...(bound.get(key) ?? []), handler])

const whileTyping = new Set(["Esc", "F6", "⇧F6", "⌘K", "⌘⏎"])

document.addEventListener("keydown", event => {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return
  const key = keycap(event)
  if (isTyping(event.target) && !whileTyping.has(key)) return
  if (key === "Esc") return closeTopLayer() && event.preventDefault()
  if (key.endsWith("F6")) return nextRegion(event)
  if (hasMod(event) || event.altKey) return press(key, event)
  if (event.ctrlKey || event.metaKey || (!singleKeys && event.key.length === 1)) return
  if (event.key === "?") return press("?", event)
  if (awaitingGo) return go(key, event)
  if (key === "G") return waitForGo()
  press(ours(key), event)
})

/** The keycap that this event presses: "N", "⇧J", "⌘K", "⌥1", "/". */
function keycap(event) {
  const { code } = event
  const letter = code.match(/^(?:Key|Digit)(.)$/)?.[1] ?? named[code] ?? code
  return `${hasMod(event) ? "⌘" : ""}${event.altKey ? "⌥" : ""}${event.shiftKey ? "⇧" : ""}${letter}`
}

function ours(key) {
  const shift = key.startsWith("⇧") ? "⇧" : ""
  const bare = key.slice(shift.length)
  const found = Object.entries(remapped).find(([, theirs]) => theirs === bare)
  if (found) return shift + found[0]
  return bare in remapped ? "" : key // given to another command
}

function press(key, event) {
  if (!key) return
  if (bound.get(key)?.some(handler => handler(event) !== false)) return event.preventDefault()
  const target = topmost(`[data-key="${CSS.escape(key)}"]`) ?? topmost(`[data-key-focus="${CSS.escape(key)}"]`)
  if (!target) return
  event.preventDefault()
  if (target.dataset.keyFocus) return target.focus()
  if (target.localName === "summary") target.focus() // from there it goes on into what opens
  target.click()
}

/** Of several elements with the key: the one in the open dialog, else in the current row, else in the peek, else the first. */
function topmost(selector) {
  const scope = $("dialog[open]") ?? document
  const shown = $$(selector, scope).filter(element => isShown(element) && !element.disabled)
  return shown.find(element => element.closest('[aria-current="true"], .menu:not([hidden])'))
    ?? shown.find(element => element.closest("#peek"))
    ?? shown[0]
}

let awaitingGo

function waitForGo() {
  clearTimeout(awaitingGo)
  awaitingGo = setTimeout(() => (awaitingGo = null), 1200)
}

function go(key, event) {
  clearTimeout(awaitingGo)
  awaitingGo = null
  const entry = $(`[data-go="${CSS.escape(key)}"]`)
  if (!entry) return
  event.preventDefault()
  entry.click()
}

const regions = ["#nav", "#main", "[data-bulk-dock]:not([hidden])", "#peek:not([hidden])"]

function nextRegion(event) {
  const shown = regions.map(selector => $(selector)).filter(region => region && isShown(region))
  const at = shown.findLastIndex(region => region.contains(document.activeElement))
  const region = shown[(at + (event.shiftKey ? shown.length - 1 : 1)) % shown.length]
  if (!region) return
  event.preventDefault()
  const first = region.id === "main" ? $("[data-list], .body", region) ?? region : $("a, button, input", region)
  first.focus()
}

// ——— Keycaps say what is really bound ———

whenDrawn(root => {
  for (const element of $$("[data-key]", root)) {
    const cap = $(":scope > .kbd", element)
    const theirs = remapped[element.dataset.key]
    if (theirs) element.setAttribute("aria-keyshortcuts", theirs)
    if (cap && theirs) cap.textContent = theirs
  }
  if (modName !== "⌘") for (const cap of $$(".kbd[data-mod]", root)) cap.textContent = cap.textContent.replace("⌘", modName)
})

// ——— All keys ———

on("click", "[data-help]", showHelp)
bindKey("?", showHelp)

async function showHelp() {
  const dialog = $("#help")
  if (!dialog || dialog.open) return false
  if (!dialog.childElementCount) {
    const answer = await fetch(dialog.dataset.load, { headers: { "HX-Request": "true", "HX-Target": "help" } })
    fill(dialog, await answer.text())
  }
  dialog.showModal()
}
