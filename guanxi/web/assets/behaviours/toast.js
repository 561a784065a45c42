// One toast at a time: 8 seconds, 30 where it can be undone or leads somewhere, longer while the pointer or the focus is on it. Z undoes it.

import { $, layer, on, parse, send, triggerFrom, word } from "./dom.js"
import { bindKey } from "./keys.js"

const STAYS = 8000
const UNDO_STAYS = 30000
const place = $("#toasts")
let timer

if (place) {
  document.body.addEventListener("toast", ({ detail }) => show(detail))
  for (const type of ["pointerenter", "focusin"]) place.addEventListener(type, () => clearTimeout(timer))
  for (const type of ["pointerleave", "focusout"]) place.addEventListener(type, leaveSoon)
  if (place.firstElementChild) leaveSoon()
}

/** detail: text; `more`, the page that says more; when it can be taken back, `undo`, whose POST does it. */
function show({ text, undo, more, tone }) {
  const toast = parse('<form class="toast" method="post" data-toast><span></span></form>')
  $("span", toast).textContent = text
  if (more) {
    toast.append(parse(`<a>${word("details")}</a>`))
    toast.lastChild.href = more
  }
  if (undo) {
    toast.action = undo
    toast.append(parse(`<button>${word("undo")}<kbd class="kbd">Z</kbd></button>`))
  }
  if (tone) toast.dataset.tone = tone
  place.replaceChildren(toast)
  leaveSoon()
}

function leaveSoon() {
  clearTimeout(timer)
  timer = setTimeout(hide, $("a,button", place) ? UNDO_STAYS : STAYS)
}

function hide() {
  clearTimeout(timer)
  const had = !!place?.firstElementChild
  place?.replaceChildren()
  return had
}

layer(5, hide)

on("submit", "[data-toast]", async (event, form) => {
  event.preventDefault()
  if (form.ariaBusy) return
  form.ariaBusy = "true"
  try {
    const answer = await send("POST", form.action)
    hide()
    if (!answer.ok) throw new Error(answer.status)
    triggerFrom(answer)
    const elsewhere = answer.headers.get("HX-Redirect")
    if (elsewhere) return location.assign(elsewhere)
    if (!answer.headers.has("HX-Trigger")) location.reload()
  } catch {
    show({ text: word("failed"), tone: "cinnabar" })
  }
})

bindKey("Z", () => {
  const button = $("[data-toast] button", place ?? document.createElement("i"))
  if (!button) return false
  button.click()
})
