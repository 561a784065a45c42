// Dialogs are native: focus is kept inside and Escape closes them without us. This opens them and closes on the scrim.

import { $, on } from "./dom.js"

on("click", "[data-dialog]", (event, button) => {
  const dialog = $(`#${CSS.escape(button.dataset.dialog)}`)
  if (!dialog) return
  event.preventDefault()
  dialog.showModal()
})

on("pointerdown", "dialog[open]", (event, dialog) => {
  if (event.target !== dialog) return
  const box = dialog.getBoundingClientRect()
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom
  if (!inside) dialog.close()
})

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.closest) detail.elt.closest("dialog[open]:not(#palette)")?.close()
})
