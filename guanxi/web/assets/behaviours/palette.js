// ⌘K. One field; the server ranks records and commands. Arrows choose, Enter opens, Tab peeks.

import { $, $$, isShown, on, parse, send, word } from "./dom.js"
import { bindKey } from "./keys.js"
import { peek } from "./peek.js"
import htmx from "./htmx.js"

const dialog = $("#palette")
let timer
let asked
let shown // the words whose results are in the list
let hurried // Enter came before the results

bindKey("⌘K", show)
on("click", "[data-palette]", event => show() !== false && event.preventDefault())

function show() {
  if (!dialog || dialog.open) return false
  dialog.showModal()
  const input = $("input", dialog)
  input.select()
  find(input.value)
}

on("input", "#palette input", event => {
  if (event.isComposing) return
  clearTimeout(timer)
  asked = null // what was asked before is no longer wanted, and must not answer a hurried Enter
  timer = setTimeout(() => find(event.target.value), 120)
})
on("compositionend", "#palette input", event => find(event.target.value))

async function find(q) {
  asked = q
  const list = $("#palette-list")
  list.ariaBusy = "true"
  const own = commands(q)
  let html = ""
  if (!q.startsWith(">")) {
    const url = new URL(dialog.dataset.url, location.href)
    url.searchParams.set("q", q.trim())
    const answer = await send("GET", url, undefined, { "HX-Target": "palette-list" }).catch(() => null)
    if (asked !== q) return
    html = answer?.ok ? await answer.text() : ""
  }
  list.ariaBusy = null
  list.innerHTML = html
  if (own.length) list.append(titled(word("commands")), ...own)
  if (!options().length) list.replaceChildren(titled(word("nothingFound")))
  choose(options()[0])
  shown = q
  if (hurried && chosen()) take(chosen())
  hurried = false
}

function titled(text) {
  const title = parse('<p class="title" role="presentation"></p>')
  title.textContent = text
  return title
}

/** What the page itself can do: its navigation and its keys, so the palette needs no list of its own. */
function commands(q) {
  const sought = q.replace(/^>/, "").trim().toLowerCase()
  const elements = $$("#nav-entries a[href], .bar [data-key], .nav .menu a[href]").filter(element => element.closest(".nav") || isShown(element))
  return elements
    .map(element => ({ element, label: labelOf(element) }))
    .filter(({ label }) => sought ? label.toLowerCase().includes(sought) : q.startsWith(">"))
    .slice(0, 8)
    .map(({ element, label }, at) => {
      const option = parse('<div role="option" aria-selected="false"><span class="trunc"></span></div>')
      option.id = `p-command-${at}`
      $("span", option).textContent = label
      option.prepend($("[data-icon]", element)?.cloneNode(true) ?? "")
      if (element.dataset.key ?? element.dataset.go) {
        const cap = parse('<kbd class="kbd"></kbd>')
        cap.textContent = element.dataset.go ? `G ${element.dataset.go}` : element.dataset.key
        option.append(cap)
      }
      option.does = () => element.click()
      return option
    })
}

function labelOf(element) {
  const copy = element.cloneNode(true)
  for (const extra of $$(".count, .kbd", copy)) extra.remove()
  return element.ariaLabel ?? copy.textContent.trim()
}

const options = () => $$('#palette-list [role="option"]')
const chosen = () => options().find(option => option.ariaSelected === "true")

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option))
  const input = $("input", dialog)
  option ? input.setAttribute("aria-activedescendant", option.id) : input.removeAttribute("aria-activedescendant")
  option?.scrollIntoView({ block: "nearest" })
}

on("keydown", "#palette", event => {
  if (event.isComposing || event.keyCode === 229) return
  const list = options()
  const at = list.indexOf(chosen())
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) {
    event.preventDefault()
    choose(list[(at + step + list.length) % list.length])
  } else if (event.key === "Enter") {
    event.preventDefault()
    if (shown !== $("input", dialog).value) hurried = true
    else if (list[at]) take(list[at])
  } else if (event.key === "Tab" && list[at]?.dataset.peek && $("#peek")) {
    event.preventDefault()
    dialog.close()
    peek(list[at].dataset.peek)
  }
})
on("click", '#palette-list [role="option"]', (_, option) => take(option))

function take(option) {
  dialog.close()
  if (option.does) return option.does()
  // Through a link that htmx boosts like every other, so that only #main is swapped and Back works.
  const link = $("#palette-go")
  link.setAttribute("href", option.dataset.href)
  htmx.process(link)
  link.click()
}
