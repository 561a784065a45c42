// The composer keeps its draft over reloads, sends on ⌘Enter, and shows the fields of the chosen kind.

import { $, $$, hasMod, on, whenDrawn } from "./dom.js"

const kept = form => `draft:${form.dataset.composer}`

whenDrawn(() => {
  for (const form of $$("[data-composer]")) {
    const draft = localStorage.getItem(kept(form))
    if (draft && !form.elements.body.value) form.elements.body.value = draft
    const asked = $$("[name=kind]", form).find(radio => radio.value === new URLSearchParams(location.search).get("log"))
    if (asked && !form.dataset.asked) form.dataset.asked = asked.checked = true
    showKind(form)
  }
})

on("input", "[data-composer] [name=body]", (_, field) => {
  const { form, value } = field
  value.trim() ? localStorage.setItem(kept(form), value) : localStorage.removeItem(kept(form))
  const says = $("[data-draft-says]", form)
  if (says) says.textContent = value.trim() ? says.dataset.words : ""
})

on("change", "[type=file]", (_, field) => showFiles(field))

on("change", "[data-composer] [name=kind]", (_, radio) => showKind(radio.form))

/** The names of the chosen files beside what chose them. */
function showFiles(field) {
  const says = $("[data-files]", field.parentElement)
  if (says) says.textContent = [...field.files].map(file => file.name).join(", ")
}

function showKind(form) {
  const kind = new FormData(form).get("kind")
  for (const part of $$("[data-kind]", form)) {
    part.hidden = !part.dataset.kind.split(" ").includes(kind)
    for (const control of $$("input, select, textarea", part)) control.disabled = part.hidden
  }
}

on("keydown", "[data-composer], form[data-send]", (event, form) => {
  if (event.key !== "Enter" || !hasMod(event) || event.isComposing) return
  event.preventDefault()
  form.requestSubmit()
})

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.matches?.("[data-composer]")) forget(detail.elt)
})
on("submit", "[data-composer]:not([hx-post])", (_, form) => localStorage.removeItem(kept(form)))

function forget(form) {
  localStorage.removeItem(kept(form))
  const kind = new FormData(form).get("kind")
  form.reset()
  const radio = $(`[name=kind][value="${CSS.escape(kind)}"]`, form)
  if (radio) radio.checked = true
  const says = $("[data-draft-says]", form)
  if (says) says.textContent = ""
  for (const field of $$("[type=file]", form)) showFiles(field)
  const offer = $("#promise", form)
  if (offer) offer.textContent = ""
  showKind(form)
}
