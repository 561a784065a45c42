// Editing in place, on any [data-edit]. Enter saves and moves down, Tab saves and moves right, Escape restores.
// The cell shows the new value at once; what could not be saved stays, with the reason and Retry. On 409 both
// values are shown. See docs/subsystems/web.md.

import { $, $$, layer, on, parse, send, triggerFrom, word } from "./dom.js"
import htmx from "./htmx.js"

const OWN = new Set(["text", "number", "date", "datetime-local", "time", "email", "tel", "url"])
let editing // { cell, before, started }

on("click", "[data-edit]", (event, cell) => {
  if (!event.target.closest("a, button, input, select, textarea, label")) edit(cell)
})
on("keydown", "[data-edit]", (event, cell) => {
  if (event.target === cell && event.key === "Enter" && !event.isComposing) {
    event.preventDefault()
    event.stopPropagation()
    edit(cell)
  }
})
document.addEventListener("edit", event => edit(event.target))

async function edit(cell) {
  if (editing?.cell === cell) return
  if (editing) await save()
  const before = [...cell.childNodes]
  editing = { cell, before }
  const editor = OWN.has(cell.dataset.type) ? plainEditor(cell) : await fetchedEditor(cell)
  if (editing?.cell !== cell) return
  if (!editor) return (editing = null)
  cell.replaceChildren(editor)
  cell.classList.add("editing")
  htmx.process(cell)
  const control = controlOf(cell)
  control?.focus()
  control?.select?.()
  editing.started = JSON.stringify(valuesOf(cell))
}

function plainEditor({ dataset }) {
  const input = document.createElement("input")
  Object.assign(input, { type: dataset.type, name: "value", value: dataset.value ?? "", ariaLabel: dataset.label, autocomplete: "off" })
  if (dataset.type === "number") Object.assign(input, { type: "text", inputMode: "decimal" })
  return input
}

async function fetchedEditor(cell) {
  const answer = await send("GET", cell.dataset.edit)
  return answer.ok ? parse(`<div>${await answer.text()}</div>`) : null
}

const controlOf = cell => $("[contenteditable]", cell) ?? $('[name="value"]:not([type=hidden])', cell) ?? $('[role="combobox"]', cell) ?? partsOf(cell)[0]
// A value of several parts says that it was there by a hidden control.
const partsOf = cell => $$("select, input:not([type=hidden]), textarea", cell)

document.addEventListener("keydown", event => {
  if (!editing || event.isComposing || event.keyCode === 229 || !editing.cell.contains(event.target)) return
  if (event.target.getAttribute("aria-expanded") === "true" && event.key === "Enter") return // the list takes it
  if (event.key === "Enter" && event.target.matches("textarea, [contenteditable]") && !(event.metaKey || event.ctrlKey)) return
  if (event.key === "Enter") saveAndMove(event, down(editing.cell))
  else if (event.key === "Tab" && !hasPart(event)) saveAndMove(event, beside(editing.cell, event.shiftKey ? -1 : 1))
}, true)

function hasPart({ target, shiftKey }) {
  const parts = $("[name$=-sent]", editing.cell) ? partsOf(editing.cell) : []
  return parts[parts.indexOf(target) + (shiftKey ? -1 : 1)]
}

async function saveAndMove(event, next) {
  event.preventDefault()
  event.stopPropagation()
  const key = next && placeOf(next)
  await save()
  const there = key && findPlace(key)
  if (there) edit(there)
}

document.addEventListener("focusout", ({ relatedTarget }) => {
  if (editing && document.hasFocus() && !editing.cell.contains(relatedTarget)) setTimeout(() => {
    if (editing && !editing.cell.contains(document.activeElement)) save()
  })
})

layer(30, leave)
document.addEventListener("unedit", leave)

function leave() {
  if (!editing) return false
  const { cell, before } = editing
  editing = null
  restore(cell, before)
  cell.focus()
  return true
}

function restore(cell, before) {
  cell.classList.remove("editing", "unsaved")
  cell.replaceChildren(...before)
}

async function save() {
  const { cell, before, started } = editing
  editing = null
  const values = valuesOf(cell)
  const control = controlOf(cell)
  if (JSON.stringify(values) === started && !cell.classList.contains("unsaved")) return restore(cell, before)
  // At once: the words that were chosen stand where the editor was.
  const shown = control?.type === "checkbox" ? $$(":checked", cell).map(one => one.parentElement.textContent).join(" ")
    : control?.selectedOptions?.[0]?.textContent ?? control?.value ?? control?.textContent ?? ""
  cell.classList.remove("editing")
  cell.replaceChildren(shown)
  await sendValues(cell, values, before)
}

function valuesOf(cell) {
  return $$("[name]", cell)
    .filter(control => !["checkbox", "radio"].includes(control.type) || control.checked)
    .flatMap(control => (control.multiple ? [...control.selectedOptions].map(option => [control.name, option.value]) : [[control.name, control.value]]))
}

async function sendValues(cell, values, before, version = versionOf(cell)) {
  const named = values.filter(([name]) => name !== "version")
  if (version) named.push(["version", version])
  let answer
  try {
    answer = await send("PATCH", cell.dataset.edit, named)
  } catch {
    return keep(cell, values, before, word("unreachable"))
  }
  triggerFrom(answer)
  if (answer.ok) return replace(cell, await answer.text(), answer.headers.get("X-Version"))
  const text = await answer.text()
  if (answer.status === 409) return showConflict(cell, values, before, text)
  keep(cell, values, before, answer.status === 422 ? text : word("failed"), answer.headers.get("X-Form"))
}

const versionOf = cell => cell.closest("[data-version]")?.dataset.version

function replace(cell, html, version) {
  if (version) cell.closest("[data-version]")?.setAttribute("data-version", version)
  cell.classList.remove("unsaved", "editing")
  const fresh = parse(html)
  if (!fresh) return
  const focused = cell === document.activeElement
  cell.replaceWith(fresh)
  htmx.process(fresh)
  if (focused) fresh.focus()
}

/** Nothing typed is ever lost: the value stays, with the reason, and a button or the form that asks for the rest. */
function keep(cell, values, before, reason, form) {
  cell.classList.add("unsaved")
  const says = parse('<span class="not-saved" role="alert"><span></span></span>')
  says.firstElementChild.textContent = `${word("notSaved")} ${reason}`
  says.append(form
    ? button(word("form"), () => location.assign(form))
    : button(word("retry"), () => (says.remove(), sendValues(cell, values, before))))
  says.append(button(word("restore"), () => restore(cell, before)))
  cell.append(says)
}

function showConflict(cell, values, before, html) {
  cell.classList.add("unsaved")
  const both = parse(html)
  cell.append(both)
  $("[data-keep-mine]", both).addEventListener("click", event => {
    event.stopPropagation()
    both.remove()
    sendValues(cell, values, before, both.dataset.version)
  })
  $("[data-take-theirs]", both).addEventListener("click", async event => {
    event.stopPropagation()
    const answer = await send("GET", `${cell.dataset.edit}?shown`)
    answer.ok ? replace(cell, await answer.text(), both.dataset.version) : restore(cell, before)
  })
  $("[data-keep-mine]", both).focus()
}

function button(text, does) {
  const made = parse('<button type="button" class="btn small"></button>')
  made.textContent = text
  made.addEventListener("click", event => (event.stopPropagation(), does()))
  return made
}

// ——— The cell below and the cell beside, found again after the save replaced them ———

function down(cell) {
  const row = cell.closest("tr")
  if (!row) return beside(cell, 1)
  const next = row.nextElementSibling
  return next?.cells ? next.cells[cell.cellIndex] : null
}

function beside(cell, step) {
  const all = $$("[data-edit]", cell.closest("tr, dl") ?? document)
  return all[all.indexOf(cell) + step]
}

const placeOf = cell => ({ within: cell.closest("[id]")?.id, edit: cell.dataset.edit })
const findPlace = ({ edit }) => $(`[data-edit="${CSS.escape(edit ?? "")}"]`)

addEventListener("beforeunload", event => {
  if ($(".unsaved")) event.preventDefault()
})
