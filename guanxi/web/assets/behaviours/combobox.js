// A field that finds. Arrows choose, Enter or Tab takes, Escape closes; the id goes into the hidden field.

import { $, $$, layer, on, parse, send } from "./dom.js"

let open // { root, list }
let timer

on("input", "[data-combobox] [role=combobox]", (event, input) => {
  setNew(input.parentElement) // typed on: what was taken is not meant any more
  if (event.isComposing) return
  clearTimeout(timer)
  timer = setTimeout(() => find(input), 120)
})
on("compositionend", "[data-combobox] [role=combobox]", (_, input) => find(input))
on("click", "[data-combobox] [role=combobox]", (_, input) => open || find(input))

async function find(input) {
  const root = input.closest("[data-combobox]")
  const q = input.value.trim()
  const url = new URL(root.dataset.combobox, location.href)
  url.searchParams.set("q", q)
  root.dataset.asked = q
  const answer = await send("GET", url)
  if (!answer.ok || root.dataset.asked !== q || !input.isConnected) return
  const list = $("[role=listbox]", root)
  list.innerHTML = await answer.text()
  root.dataset.shown = q
  const found = options(list)
  const known = found.some(one => one.dataset.text?.toLowerCase() === q.toLowerCase())
  if (root.dataset.create && q && !known) list.append(createOption(root, q, list))
  close()
  open = { root, list }
  list.hidden = false
  input.setAttribute("aria-expanded", "true")
  choose(found[0], input) // never what would be made: that is chosen by an arrow or a press
}

function createOption(root, q, list) {
  const option = parse('<div role="option"></div>')
  option.id = `${list.id}-new`
  option.dataset.text = q
  option.textContent = root.dataset.create.replace("{q}", q)
  return option
}

const options = list => $$('[role="option"]', list)
const chosen = () => options(open.list).find(one => one.ariaSelected === "true")

function choose(option, input) {
  for (const one of options(open.list)) one.setAttribute("aria-selected", String(one === option))
  option ? input.setAttribute("aria-activedescendant", option.id) : input.removeAttribute("aria-activedescendant")
  option?.scrollIntoView({ block: "nearest" })
}

function close() {
  if (!open) return false
  const input = $("[role=combobox]", open.root)
  open.list.hidden = true
  input.setAttribute("aria-expanded", "false")
  input.removeAttribute("aria-activedescendant")
  open = null
  return true
}

function take(option) {
  const { root } = open
  const [hidden, input] = $$("input", root)
  root.dataset.shown = input.value = option.dataset.text
  hidden.value = option.dataset.value ?? ""
  setNew(root, option.dataset.value == null && input.value)
  close()
  hidden.dispatchEvent(new Event("change", { bubbles: true }))
}

/** What will be made is sent along, and said under the field: nobody makes a record without knowing. */
function setNew(root, text) {
  const said = $("[data-new-text]", root)
  said?.replaceChildren()
  if (!text) return
  const field = parse('<input type="hidden">')
  Object.assign(field, { name: `${$("input", root).name}-new`, value: text })
  said.append(root.dataset.create.replace("{q}", text), field)
}

on("keydown", "[data-combobox] [role=combobox]", (event, input) => {
  if (event.isComposing || event.keyCode === 229) return
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  // Who types faster than the answers come means what was typed, not what stands there still.
  const q = input.value.trim()
  const { asked, shown } = input.closest("[data-combobox]").dataset
  const late = asked != null && shown !== q
  if (late) close()
  if (late && q && event.key === "Enter") {
    event.preventDefault()
    clearTimeout(timer)
    return find(input).then(() => open && chosen() && take(chosen()))
  }
  if (step && !open) return event.preventDefault(), find(input)
  if (!open) return
  const list = options(open.list)
  const at = list.indexOf(chosen())
  if (step) {
    event.preventDefault()
    choose(list[(at + step + list.length) % list.length], input)
  } else if ((event.key === "Enter" || event.key === "Tab") && list[at] && input.value.trim()) {
    if (event.key === "Enter") event.preventDefault()
    take(list[at])
  }
})
on("pointerdown", "[data-combobox] [role=option]", (event, option) => {
  event.preventDefault()
  if (open) take(option)
})

// Emptied means nobody; words that were not taken go back to what was chosen.
on("focusout", "[data-combobox]", (event, root) => {
  if (root.contains(event.relatedTarget)) return
  const [hidden, input] = $$("input", root)
  if (!input.value.trim() && hidden.value) {
    hidden.value = ""
    hidden.dispatchEvent(new Event("change", { bubbles: true }))
  }
  if (open?.root === root) close()
})

layer(45, close)
