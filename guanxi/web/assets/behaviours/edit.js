// Editing in place, on any [data-edit]. Where it has the focus, Enter opens the editor, in a table any letter too, as
// in a spreadsheet; a row that has the focus itself is opened by Enter (list.js). In the editor Enter saves and moves
// down, Tab saves and moves right, Escape restores. The cell shows the new value at once; what could not be saved
// stays, with the reason and Retry. On 409 both values are shown. See docs/subsystems/web.md.

import { $, $$, isShown, layer, on, parse, send, triggerFrom, whenDrawn, word } from "./dom.js"
import htmx from "./htmx.js"

const OWN = new Set(["text", "number", "date", "datetime-local", "time", "email", "tel", "url"])
let editing // { cell, before, started }; started: the values as the editor had them, once it is there
const unsaved = new WeakMap() // a cell → { values, before, reason } of what was typed in it and could not be saved

on("click", "[data-edit]", (event, cell) => {
  if (!event.target.closest("a, button, input, select, textarea, label")) edit(cell)
})
// Before all other keys: a letter on a cell is none of the list's.
document.addEventListener("keydown", event => {
  const cell = event.target
  if (!cell.matches?.("[data-edit]") || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
  const typed = cell.matches("td") && event.key.length === 1 && event.key !== " "
  if (!typed && event.key !== "Enter") return
  event.stopPropagation()
  // An editor that is made on the spot takes the letter in place of its text, which is selected.
  if (!typed || !OWN.has(cell.dataset.type)) event.preventDefault()
  edit(cell)
}, true)
document.addEventListener("edit", event => edit(event.target))

async function edit(cell) {
  if (editing?.cell === cell) return
  if (editing) await save()
  const kept = unsaved.get(cell)
  const mine = (editing = { cell, before: kept?.before ?? [...cell.childNodes] })
  const editor = OWN.has(cell.dataset.type) ? plainEditor(cell) : await fetchedEditor(cell)
  if (editing !== mine) return
  if (!editor) return (editing = null)
  if (kept) putInto(editor, kept.values)
  cell.replaceChildren(editor)
  if (kept) cell.append(said(kept.reason))
  cell.classList.add("editing")
  htmx.process(cell)
  const control = controlOf(cell)
  control?.focus()
  control?.select?.()
  mine.started = JSON.stringify(valuesOf(cell))
}

function plainEditor({ dataset }) {
  const input = document.createElement("input")
  Object.assign(input, { type: dataset.type, name: "value", value: dataset.value ?? "", ariaLabel: dataset.label, autocomplete: "off" })
  if (dataset.type === "number") Object.assign(input, { type: "text", inputMode: "decimal" })
  return input
}

async function fetchedEditor(cell) {
  const answer = await send("GET", cell.dataset.edit).catch(() => null)
  if (answer?.ok) return parse(`<div>${await answer.text()}</div>`)
  const detail = { text: word(answer ? "failed" : "unreachable"), tone: "cinnabar" }
  document.body.dispatchEvent(new CustomEvent("toast", { detail }))
}

/** Values as `valuesOf` has read them, into an editor of the same kind. */
function putInto(editor, values) {
  const left = [...values]
  const given = ({ name, value }) => values.some(one => one[0] === name && one[1] === value)
  for (const control of editor.name ? [editor] : $$("[name]", editor)) {
    if (["checkbox", "radio"].includes(control.type)) control.checked = given(control)
    else if (control.multiple) for (const { value } of control.options) control.selected = given({ name: control.name, value })
    else {
      const at = left.findIndex(([name]) => name === control.name)
      if (at >= 0) control.value = left.splice(at, 1)[0][1]
    }
  }
}

const controlOf = cell => $("[contenteditable]", cell) ?? $('[name="value"]:not([type=hidden])', cell) ?? $('[role="combobox"]', cell) ?? partsOf(cell).find(one => one.matches("input")) ?? partsOf(cell)[0]
const partsOf = cell => $$("select, input:not([type=hidden]), textarea, [contenteditable], .rich-bar button", cell).filter(isShown)

document.addEventListener("keydown", event => {
  const within = editing?.cell.contains(event.target) && event.target !== editing.cell
  if (!within || event.isComposing || event.keyCode === 229) return
  if (event.target.getAttribute("aria-expanded") === "true" && event.key === "Enter") return // the list takes it
  if (event.key === "Enter" && event.target.matches("textarea, [contenteditable]") && !(event.metaKey || event.ctrlKey)) return
  if (event.key === "Enter") saveAndMove(event, down(editing.cell))
  else if (event.key === "Tab" && !hasPart(event)) {
    const next = beside(editing.cell, event.shiftKey ? -1 : 1)
    if (event.target.getAttribute("aria-expanded") !== "true") return saveAndMove(event, next)
    event.preventDefault()
    setTimeout(() => editing && saveAndMove(event, next)) // the list takes what is chosen in it first
  }
}, true)

function hasPart({ target, shiftKey }) {
  const parts = partsOf(editing.cell)
  return parts[parts.indexOf(target) + (shiftKey ? -1 : 1)]
}

async function saveAndMove(event, next) {
  event.preventDefault()
  event.stopPropagation()
  const here = editing.cell.dataset.edit
  const there = next?.dataset.edit
  const saved = await save()
  if (document.activeElement !== document.body) return // meanwhile somebody went elsewhere
  if (saved && there) findPlace(there)?.dispatchEvent(new CustomEvent("edit", { bubbles: true }))
  else findPlace(here)?.focus()
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
  unsaved.delete(cell)
  cell.classList.remove("editing", "unsaved")
  cell.replaceChildren(...before)
}

/** Says whether all is well: nothing was changed, or it is saved. */
async function save() {
  const { cell, before, started } = editing
  editing = null
  if (started === undefined) return true
  const values = valuesOf(cell)
  if (JSON.stringify(values) === started && !unsaved.has(cell)) {
    restore(cell, before)
    return true
  }
  // At once: the words that were chosen stand where the editor was.
  const parts = partsOf(cell)
  const typed = parts.filter(one => !one.matches("select"))
  const shown = (typed.length ? typed : parts).map(wordsOf).filter(Boolean).join(" ")
  cell.classList.remove("editing")
  cell.replaceChildren(shown)
  return sendValues(cell, values, before)
}

function wordsOf(control) {
  if (control.matches("button, :not(:checked):is([type=checkbox], [type=radio])")) return ""
  if (control.matches("[type=checkbox], [type=radio]")) return control.parentElement.textContent.trim()
  return control.selectedOptions?.[0]?.textContent ?? control.value ?? control.textContent
}

function valuesOf(cell) {
  return $$("[name]:not(button)", cell)
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
  const text = await answer.text()
  if (answer.ok) return replace(cell, text, answer.headers.get("X-Version"))
  if (answer.status === 409) return showConflict(cell, values, before, text)
  if (answer.status !== 422) return keep(cell, values, before, word("failed"))
  // The same again would be refused again: the editor opens, or the form that asks for the rest.
  const form = answer.headers.get("X-Form")
  keep(cell, values, before, text, form ? [word("form"), () => location.assign(form)] : [word("retry"), () => edit(cell)])
}

const versionOf = cell => cell.closest("[data-version]")?.dataset.version

function replace(cell, html, version) {
  if (version) cell.closest("[data-version]")?.setAttribute("data-version", version)
  cell.classList.remove("unsaved", "editing")
  const fresh = parse(html)
  if (!fresh) return
  const focused = cell === document.activeElement
  fresh.tabIndex = cell.tabIndex
  cell.replaceWith(fresh)
  htmx.process(fresh)
  if (focused) fresh.focus()
  return true
}

/** Nothing typed is ever lost: the value stays, with the reason and a button that `does` what helps. */
function keep(cell, values, before, reason, [label, does] = [word("retry"), () => sendValues(cell, values, before)]) {
  unsaved.set(cell, { values, before, reason })
  cell.classList.add("unsaved")
  const says = said(`${word("notSaved")} ${reason}`)
  says.append(button(label, () => (says.remove(), does())), button(word("restore"), () => restore(cell, before)))
  cell.append(says)
}

function said(text) {
  const says = parse('<span class="not-saved" role="alert"><span></span></span>')
  says.firstElementChild.textContent = text
  return says
}

function showConflict(cell, values, before, html) {
  unsaved.set(cell, { values, before, reason: "" })
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

const findPlace = address => $(`[data-edit="${CSS.escape(address)}"]`)

addEventListener("beforeunload", event => {
  if ($(".unsaved")) event.preventDefault()
})

// ——— Facts are one stop of Tab; arrows go through them ———

const factsBeside = fact => $$(".facts > [data-edit]", fact.closest("section") ?? fact.parentElement).filter(isShown)

whenDrawn(() => {
  for (const list of $$(".facts:has(> [data-edit])")) {
    const all = factsBeside($("[data-edit]", list))
    if (all.length && !all.some(one => one.tabIndex === 0)) all[0].tabIndex = 0
  }
})
on("focusin", ".facts > [data-edit]", (_, fact) => {
  for (const one of factsBeside(fact)) one.tabIndex = one === fact ? 0 : -1
})
on("keydown", ".facts > [data-edit]", (event, fact) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (event.target !== fact || !step) return
  event.preventDefault()
  const all = factsBeside(fact)
  all[all.indexOf(fact) + step]?.focus()
})
