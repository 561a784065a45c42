// The bar that the first checked row raises. A verb is [data-bulk="address"]: it gets every id, or with
// data-bulk-menu opens a menu whose items carry the address. "All 1,284" sends the filter instead of the ids.

import { $, $$, layer, on, send, triggerFrom, word } from "./dom.js"
import { selectAll, selected } from "./list.js"

document.addEventListener("selection", show)

function show() {
  const dock = $("[data-bulk-dock]")
  if (!dock) return
  const count = selected().length
  dock.hidden = count === 0
  const says = $("[data-bulk-count]", dock)
  says.textContent = says.dataset.words.replace("{count}", count)
}

// Without script the rows' checks are sent with that form; Enter on one means its row.
on("submit", "#bulk", event => event.preventDefault())

const clear = () => selected().length > 0 && (selectAll(false), true)
on("click", "[data-bulk-clear]", clear)
layer(20, clear)

on("click", "[data-bulk]", async (event, button) => {
  event.preventDefault()
  if (button.ariaBusy) return
  button.ariaBusy = "true"
  const values = [
    ...selected().map(check => ["id", check.value]),
    ...Object.entries(JSON.parse(button.dataset.bulkValues ?? "{}")),
  ]
  try {
    const answer = await send("POST", button.dataset.bulk, values)
    triggerFrom(answer)
    if (!answer.ok) throw new Error(answer.status)
    selectAll(false)
    refresh()
  } catch {
    document.body.dispatchEvent(new CustomEvent("toast", { detail: { text: word("failed"), tone: "cinnabar" } }))
  } finally {
    button.ariaBusy = null
  }
})

/** Asks for the rows again where the list knows how: an element with hx-get that hears its object change. */
function refresh() {
  const region = $$("[data-list]")[0]
  if (region?.dataset.object) document.body.dispatchEvent(new CustomEvent(`changed:${region.dataset.object}`))
}
