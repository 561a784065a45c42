// The second sheet. Space opens the row under the cursor beside the list and closes it again; J and K take it along.
// The focus stays in the list until Tab.

import { $, $$, layer, on, send, whenDrawn } from "./dom.js"
import { currentRow, moveCursor } from "./list.js"
import { bindKey } from "./keys.js"
import { fill } from "./htmx.js"

const place = () => $("#peek")
const isOpen = () => place() && !place().hidden
let asked

/** Shows what `url` answers; `name` labels the landmark. */
export async function peek(url) {
  const sheet = place()
  if (!sheet) return location.assign(url.replace(/peek\/$/, ""))
  asked = url
  sheet.ariaBusy = "true"
  const answer = await send("GET", url, undefined, { "HX-Target": "peek" })
  if (asked !== url) return // the cursor has moved on
  sheet.ariaBusy = null
  if (!answer.ok) return close()
  fill(sheet, await answer.text())
  sheet.hidden = false
  sheet.dataset.open = ""
  sheet.dataset.url = url
  const title = $("[data-peek-title]", sheet)?.dataset.peekTitle
  if (title) sheet.setAttribute("aria-label", title)
  sayPosition(sheet)
  remember(url)
}

/** The address says what is peeked at, so that it can be shared and survives a reload. */
function remember(url) {
  const here = new URL(location.href)
  url ? here.searchParams.set("peek", url) : here.searchParams.delete("peek")
  history.replaceState(history.state, "", here)
}

function sayPosition(sheet) {
  const says = $("[data-peek-position]", sheet)
  const all = $$("[data-list] [data-peek]")
  const at = all.findIndex(row => row.dataset.peek === sheet.dataset.url)
  if (says && !says.textContent && at >= 0) says.textContent = `${at + 1} / ${all.length}`
}

function close() {
  if (!isOpen()) return false
  const sheet = place()
  asked = null
  const hadFocus = sheet.contains(document.activeElement)
  sheet.hidden = true
  delete sheet.dataset.open
  sheet.replaceChildren()
  remember(null)
  if (hadFocus) currentRow()?.focus()
  return true
}

layer(10, close)
bindKey("Space", event => {
  if (event.target.closest("a, button, input, summary, [role=option]")) return false
  const url = currentRow()?.dataset.peek
  if (!url) return false
  isOpen() && place().dataset.url === url ? close() : peek(url)
})
document.addEventListener("cursor", event => {
  const url = event.target.dataset.peek
  if (isOpen() && url && place().dataset.url !== url) peek(url)
})
on("click", "[data-peek-close]", close)
on("click", "[data-peek-step]", (_, button) => moveCursor(Number(button.dataset.peekStep)))
on("click", "[data-peek-link]", (event, link) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  peek(link.dataset.peekLink)
})

// A shared address may name what is peeked at: ?peek=/contacts/7/peek/ is refused unless it is one of ours.
whenDrawn(root => {
  const url = new URLSearchParams(location.search).get("peek")
  if (root === document && url?.startsWith("/") && !url.startsWith("//") && url.endsWith("/peek/")) peek(url)
})
