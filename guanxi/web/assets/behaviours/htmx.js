// htmx with the token on every request that changes something, and one request per form at a time.

import htmx from "htmx.org"
import { csrf, drawn } from "./dom.js"

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = csrf()
})

// A second press of a button that is still working does nothing; the button keeps its width and says so.
document.addEventListener("htmx:beforeRequest", event => {
  const { elt } = event.detail
  if (elt.matches("form") && elt.ariaBusy === "true") return event.preventDefault()
  if (elt.matches("form, button")) elt.ariaBusy = "true"
})
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.ariaBusy) detail.elt.ariaBusy = null
})

// The same for forms that the browser sends itself; coming back to the page makes them ready again.
document.addEventListener("submit", event => {
  const form = event.target
  if (event.defaultPrevented || form.method !== "post") return
  if (form.dataset.sent) return event.preventDefault()
  form.dataset.sent = "yes"
})
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent
})

// A region that asks for itself again says where that answer goes, and htmx hands this down to the links in it:
// they would put a whole page there. A link goes where links go, unless it says otherwise.
const FRESH = "[hx-get][hx-trigger*=changed], [hx-get][hx-trigger*=from]"
document.addEventListener("click", ({ target }) => {
  const link = target.closest?.("a[href]:not([hx-target], [hx-get], [hx-boost=false])")
  const near = link?.parentElement.closest("[hx-target]")
  if (!near?.matches(FRESH)) return
  const page = { target: "#main", swap: "innerHTML show:none", "push-url": "true", select: "unset" }
  for (const [name, value] of Object.entries(page)) link.setAttribute(`hx-${name}`, value)
}, { capture: true })

/** Puts fetched HTML into an element, with everything that htmx and the behaviours do to what they draw. */
export function fill(element, html) {
  element.innerHTML = html
  htmx.process(element)
  drawn(element)
}

export default htmx
