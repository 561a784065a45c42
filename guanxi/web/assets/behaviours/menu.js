// Menus: a button with [data-menu] and the .menu after it. Arrows, first letters, Escape; focus goes back.

import { $, $$, isShown, layer, on, send } from "./dom.js"
import { fill } from "./htmx.js"

let open

on("click", "[data-menu]", (event, button) => {
  const menu = menuOf(button)
  if (!menu) return
  event.preventDefault()
  open?.button === button ? close() : show(button, menu)
})
on("keydown", "[data-menu]", (event, button) => {
  if (event.key !== "ArrowDown" || open) return
  event.preventDefault()
  show(button, menuOf(button))
})

const menuOf = button => button.nextElementSibling?.matches(".menu") ? button.nextElementSibling : null

/** Opens a menu for what was pressed; `place` puts it where it is seen, once it has its content. */
export async function show(button, menu, place = keepInside) {
  close()
  const mine = (open = { button, menu })
  menu.hidden = false
  button.setAttribute("aria-expanded", "true")
  if (menu.dataset.load && !menu.childElementCount) {
    menu.ariaBusy = "true"
    const answer = await send("GET", menu.dataset.load)
    const text = await answer.text()
    if (open !== mine) return // closed while it was fetched, or opened for another button
    menu.ariaBusy = null
    answer.ok ? fill(menu, text) : (menu.textContent = text)
  }
  place(menu)
  ;($("input", menu) ?? items(menu)[0])?.focus()
}

/** Closes the open menu; says whether there was one. */
export function close({ refocus = false } = {}) {
  if (!open) return false
  const { button, menu } = open
  open = null
  menu.hidden = true
  button.setAttribute("aria-expanded", "false")
  if (refocus || menu.contains(document.activeElement)) button.focus()
  return true
}

layer(40, () => close({ refocus: true }))

document.addEventListener("pointerdown", event => {
  if (open && !open.menu.contains(event.target) && !open.button.contains(event.target)) close()
})
document.addEventListener("focusin", event => {
  if (open && !open.menu.contains(event.target) && event.target !== open.button) close()
})
on("click", '.menu [role^="menuitem"]:not([aria-disabled="true"])', () => setTimeout(close))

// Out of sight at the foot or the side of the window: turn to where there is room.
function keepInside(menu) {
  menu.style.translate = ""
  if (getComputedStyle(menu).position === "fixed") return // a sheet at the foot of a phone
  const box = menu.getBoundingClientRect()
  const x = Math.min(0, innerWidth - 8 - box.right) || Math.max(0, 8 - box.left)
  const above = open.button.getBoundingClientRect().top - 4 - box.height
  const y = box.bottom > innerHeight - 8 && above > 8 ? above - box.top : 0
  if (x || y) menu.style.translate = `${x}px ${y}px`
}

const items = menu => $$('[role^="menuitem"]:not([aria-disabled="true"]), [role="option"]', menu).filter(isShown)

let typed = ""
let typing

on("keydown", '.menu:is([role="menu"], [role="dialog"])', (event, menu) => {
  const list = items(menu)
  const at = list.indexOf(document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key]
  if (event.key === "Tab") return close()
  if (to !== undefined) {
    event.preventDefault()
    return list.at(to % list.length)?.focus()
  }
  if (event.key.length !== 1 || event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return
  event.stopPropagation() // a letter chooses here and is no shortcut
  const shortcut = list.find(item => $(".kbd", item)?.textContent === event.key.toUpperCase())
  if (shortcut) return shortcut.click()
  clearTimeout(typing)
  typing = setTimeout(() => (typed = ""), 600)
  typed += event.key.toLowerCase()
  list.find(item => item.textContent.trim().toLowerCase().startsWith(typed))?.focus()
})
