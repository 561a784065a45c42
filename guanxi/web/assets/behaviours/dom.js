// The few things every behaviour needs: delegation, requests that carry the token, words in the member's language.

export const $ = (selector, root = document) => root.querySelector(selector)
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]

/** Calls `handler(event, element)` for events on elements that match, now and after any swap. */
export function on(type, selector, handler, options) {
  document.addEventListener(type, event => {
    const element = event.target.closest?.(selector)
    if (element) handler(event, element)
  }, options)
}

/** Runs `handler(root)` for the page as it is and for every piece that is put into it later. */
export function whenDrawn(handler) {
  drawers.push(handler)
  handler(document)
}

const drawers = []
export const drawn = root => drawers.forEach(handler => handler(root))
document.addEventListener("htmx:afterSettle", ({ detail }) => drawn(detail.elt ?? document))

const words = JSON.parse(document.body.dataset.words ?? "{}")

/** A sentence of the layout in the member's language, with {name} filled in. */
export const word = (name, values = {}) =>
  (words[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "")

export const csrf = () => $('meta[name="csrf-token"]')?.content ?? ""

/** fetch with the token and the mark of a fragment. `values` are sent as a form. Rejects only when offline. */
export function send(method, url, values, headers = {}) {
  const body = values && new URLSearchParams(values instanceof FormData || Array.isArray(values) ? values : Object.entries(values))
  return fetch(url, { method, body, headers: { "HX-Request": "true", "X-CSRFToken": csrf(), ...headers } })
}

/** The element a fragment of HTML begins with; table cells survive because it is parsed inside a template. */
export function parse(html) {
  const template = document.createElement("template")
  template.innerHTML = html.trim()
  return template.content.firstElementChild
}

export const isShown = element => element.checkVisibility?.() ?? element.offsetParent !== null

export const isTyping = element =>
  !!element?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]")

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

/** Whether the platform's command key is held: ⌘ on Apple machines, Ctrl elsewhere. */
export const hasMod = event => (isMac ? event.metaKey : event.ctrlKey)
export const modName = isMac ? "⌘" : "Ctrl "

/** Layers close from the top: each asks `close()`, which says whether it had something to close. */
const layers = []
export const layer = (height, close) => {
  layers.push({ height, close })
  layers.sort((a, b) => b.height - a.height)
}
export const closeTopLayer = () => layers.some(({ close }) => close())

/** Speaks through the page's live region. */
export function say(text) {
  const region = $("[data-says]")
  if (region) region.textContent = text
}

/** Fires the events of an HX-Trigger header for requests that did not go through htmx. */
export function triggerFrom(response) {
  const header = response.headers.get("HX-Trigger")
  if (!header) return
  for (const [name, detail] of Object.entries(JSON.parse(header)))
    document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }))
}
