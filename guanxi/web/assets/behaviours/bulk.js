// The bar that the first checked row raises. A verb is [data-bulk="address"]: it gets every id, or with
// data-bulk-menu opens a menu whose items carry the address; data-bulk-fewest and -most say for how many it is. "All that match" sends the list instead of the ids.

import { $, $$, layer, on, send, triggerFrom, word } from "./dom.js"
import { checks, selectAll, selected } from "./list.js"

document.addEventListener("selection", show)

function show() {
  const dock = $("[data-bulk-dock]")
  if (!dock) return
  const count = selected().length
  dock.hidden = count === 0
  if (count < checks().length) all = false
  const says = $("[data-bulk-count]", dock)
  says.textContent = all ? says.dataset.allWords : says.dataset.words.replace("{count}", count)
  for (const verb of $$("[data-bulk-most]", dock)) {
    const { bulkFewest, bulkMost } = verb.dataset
    verb.hidden = all || count < Number(bulkFewest) || count > Number(bulkMost)
  }
  const more = $("[data-bulk-all]", dock)
  if (more) more.hidden = all || count < checks().length
}

let all = false // also those that the page does not show
on("click", "[data-bulk-all]", async (event, button) => {
  all = true
  show()
  const answer = await send("GET", button.dataset.bulkAll).catch(() => null)
  const words = answer?.ok && (await answer.text())
  if (words) $("[data-bulk-count]").dataset.allWords = words
  show()
})

/** What is chosen, as names and values: every id, or the list as its form knows it. */
const chosen = () =>
  all ? [["all", "1"], ["list", $("#bulk [name=list]")?.value ?? ""]] : selected().map(check => ["id", check.value])

// A verb that needs a page of its own: the chosen records go there by a plain form.
on("click", "[data-bulk-go]", (event, button) => {
  const form = $("#bulk")
  if (!form) return
  for (const [name, value] of chosen().filter(([name]) => name === "all")) {
    const input = Object.assign(document.createElement("input"), { type: "hidden", name, value })
    form.append(input)
  }
  form.action = button.dataset.bulkGo
  HTMLFormElement.prototype.submit.call(form)
})

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
    ...chosen(),
    ...Object.entries(JSON.parse(button.dataset.bulkValues ?? "{}")),
  ]
  try {
    const answer = await send("POST", button.dataset.bulk, values)
    triggerFrom(answer)
    if (!answer.ok) throw new Error(answer.status)
    const elsewhere = answer.headers.get("HX-Redirect")
    if (elsewhere) return location.assign(elsewhere)
    selectAll(false)
    refresh()
  } catch {
    document.body.dispatchEvent(new CustomEvent("toast", { detail: { text: word("failed"), tone: "cinnabar" } }))
  } finally {
    button.ariaBusy = null
  }
})

// Who types into a field of the bulk form means to set it.
on("input", "[data-bulk-field]", ({ target }, row) => {
  const what = $("select", row)
  if (target !== what && !what.value) what.value = "set"
})

/** Asks for the rows again where the list knows how: an element with hx-get that hears its object change. */
function refresh() {
  const region = $$("[data-list]")[0]
  if (region?.dataset.object) document.body.dispatchEvent(new CustomEvent(`changed:${region.dataset.object}`))
}
