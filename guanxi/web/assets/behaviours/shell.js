// The frame: which entry is current, where the focus goes after a swap, the line of loading, folds, theme, offline.

import { $, $$, isShown, on, say, whenDrawn, word } from "./dom.js"

// ——— The current entry ———

document.addEventListener("htmx:pushedIntoHistory", markCurrent)
document.addEventListener("htmx:historyRestore", markCurrent)

function markCurrent() {
  for (const nav of $$("#nav-entries, .tabbar")) {
    const links = $$("a[href]:not([data-palette])", nav)
    const below = links.filter(link => location.pathname.startsWith(link.pathname))
    const current = below.sort((a, b) => b.pathname.length - a.pathname.length)[0]
    for (const link of links) link === current ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")
    current?.closest("details")?.setAttribute("open", "")
  }
}

// ——— The current tab, where more stand in a row than fit ———

whenDrawn(root => {
  for (const tab of $$(".tabs > [aria-current]", root)) {
    const row = tab.parentElement
    if (row.scrollWidth <= row.clientWidth) continue
    const off = tab.getBoundingClientRect().left - row.getBoundingClientRect().left
    row.scrollLeft += off - (row.clientWidth - tab.offsetWidth) / 2
  }
})

// ——— Focus and scroll across a swap ———

let kept

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { target } = detail
  const active = document.activeElement
  kept = {
    ids: target.contains(active) ? idsAround(active, target) : [],
    scrolls: $$(".body[id], .tbl-wrap[id], .peek > .body", target).map(element => [element.id, element.scrollTop]),
    isPage: target.id === "main" && !isRedraw(detail.requestConfig),
    near: detail.requestConfig?.elt?.matches("[data-redraws]"),
  }
})

/** The same page again: told of a change, or sent by a form that says so; the focus stays where one was. */
const isRedraw = asked => asked?.triggeringEvent?.type.startsWith("changed:") || asked?.elt?.matches("[data-redraws]")

/** What has the focus and what it stands in, from the inside out. */
function idsAround(active, target) {
  const ids = []
  for (let one = active; one && one !== target; one = one.parentElement) if (one.id) ids.push(one.id)
  return ids
}

/** What had the focus; where it is gone and a form was drawn anew, the last control of what it stood in. */
function focusAgain(ids, near) {
  const place = (near ? ids : ids.slice(0, 1)).map(id => $(`#${CSS.escape(id)}`)).find(one => one && isShown(one))
  if (!place) return
  place.focus({ preventScroll: true })
  if (near && document.activeElement !== place) $$("a, button, select, input:not([type=hidden])", place).at(-1)?.focus({ preventScroll: true })
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!kept) return
  const { ids, near, scrolls, isPage } = kept
  kept = null
  if (isPage) return focusPage(detail)
  for (const [key, top] of scrolls) if (key && $(`#${CSS.escape(key)}`)) $(`#${CSS.escape(key)}`).scrollTop = top
  if (document.activeElement === document.body) focusAgain(ids, near)
})

/** A new page: its autofocus, else the region itself, so that the next Tab begins there; its title is spoken. */
function focusPage() {
  const main = $("#main")
  if (document.activeElement === document.body || main.contains(document.activeElement))
    ($("[autofocus]", main) ?? aimed(main) ?? typed(main) ?? main).focus({ preventScroll: true })
  say(document.title)
}

/** In a form the field that needs another look, else the first: who presses N writes at once. On a phone no keyboard jumps up. */
function typed(main) {
  if (!matchMedia("(pointer: fine)").matches) return null
  const control = ":is(input:not([type=hidden], [type=file]), select, textarea)"
  return $(`#record-form ${control}[aria-invalid=true]`, main) ?? $(`#record-form ${control}`, main)
}

/** The field at the place that the address names: who follows “Log” writes at once. */
function aimed(main) {
  if (location.hash.length < 2) return null
  const place = $(`#${CSS.escape(location.hash.slice(1))}`, main)
  return place ? $("textarea, input:not([type=hidden], [type=radio], [type=checkbox])", place) : null
}
// After loading: on its own way to the place the browser takes the focus away.
addEventListener("load", () => setTimeout(() => {
  if ($("#main") && document.activeElement === document.body) (aimed($("#main")) ?? typed($("#main")))?.focus()
}))

// ——— The line of loading, after 300 ms ———

let waiting = 0
let timer

document.addEventListener("htmx:beforeRequest", () => {
  if (waiting++ === 0) timer = setTimeout(() => toggleLine(true), 300)
})
document.addEventListener("htmx:afterRequest", () => {
  waiting = Math.max(0, waiting - 1)
  if (waiting) return
  clearTimeout(timer)
  toggleLine(false)
})

function toggleLine(shown) {
  const line = $("[data-loading]")
  if (line) line.hidden = !shown
}

// ——— Offline ———

addEventListener("offline", showOffline)
addEventListener("online", showOffline)
showOffline()

function showOffline() {
  const callout = $("[data-offline]")
  if (callout) callout.hidden = navigator.onLine
}

document.addEventListener("htmx:sendError", () => sayTrouble(word("unreachable")))
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (!detail.xhr.getResponseHeader("HX-Trigger")) sayTrouble(word("failed"))
})

function sayTrouble(text) {
  document.body.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "cinnabar" } }))
}

// ——— Folds that are remembered ———

on("click", "[data-fold]", (_, button) => fold(button, button.ariaExpanded === "true"))
whenDrawn(root => {
  for (const button of $$("[data-fold]", root)) if (localStorage.getItem(`fold:${button.dataset.fold}`)) fold(button, true)
})

function fold(button, folded) {
  const { fold: id } = button.dataset
  button.ariaExpanded = String(!folded)
  const part = $(`#${CSS.escape(id)}`)
  if (part) part.hidden = folded
  folded ? localStorage.setItem(`fold:${id}`, "folded") : localStorage.removeItem(`fold:${id}`)
}

// ——— Theme and density take effect now; their form saves them ———

on("change", "[data-theme-choice]", (_, input) => choose("theme", input.value, "system"))
on("change", "[data-density-choice]", (_, input) => choose("density", input.value, "regular"))

function choose(name, value, ordinary) {
  value === ordinary ? delete document.documentElement.dataset[name] : (document.documentElement.dataset[name] = value)
}

// ——— Tabs and segments of links walk with arrows ———

on("keydown", ".tabs > a, .seg > a", (event, link) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (!step) return
  const links = $$(":scope > a", link.parentElement)
  links[(links.indexOf(link) + step + links.length) % links.length].focus()
  event.preventDefault()
})
