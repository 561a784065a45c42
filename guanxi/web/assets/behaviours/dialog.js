// Dialogs are native: the browser keeps the focus inside and gives it back. This opens them, closes them on the
// scrim, and lets Escape close them before anything that lies below.

import { $, $$, layer, on } from "./dom.js"

on("click", "[data-dialog]", (event, button) => {
  const dialog = $(`#${CSS.escape(button.dataset.dialog)}`)
  if (!dialog) return
  event.preventDefault()
  dialog.showModal()
})

layer(100, () => {
  const open = $$("dialog:modal").at(-1)
  open?.close()
  return !!open
})

on("click", "[data-dialog-close]", (event, button) => button.closest("dialog").close())

on("pointerdown", "dialog[open]", (event, dialog) => {
  if (event.target !== dialog) return
  const box = dialog.getBoundingClientRect()
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom
  if (!inside) dialog.close()
})

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.closest) detail.elt.closest("dialog[open]:not(#palette)")?.close()
})
