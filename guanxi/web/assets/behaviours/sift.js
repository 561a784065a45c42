// A long menu has a field at its head: only what has the typed words in it stays. Enter takes the first of it, the
// arrow goes there. Without script the whole menu is there, and no field. Fetched when a page has one (list.js).

export function start({ $, $$, on, isShown, whenDrawn }) {
  const entries = input => $$(input.dataset.sift, input.closest(".popover"))
  const first = input => entries(input).map(one => $("input", one) ?? one).find(isShown)

  whenDrawn(() => $$("[data-sift]").forEach(input => (input.closest("[hidden]") ?? input).hidden = false))

  on("input", "[data-sift]", (_, input) => {
    const words = input.value.trim().toLowerCase().split(/\s+/)
    for (const one of entries(input)) {
      const text = one.textContent.toLowerCase()
      one.hidden = !words.every(word => text.includes(word))
    }
  })
  on("keydown", "[data-sift]", (event, input) => {
    if (event.isComposing || !["Enter", "ArrowDown"].includes(event.key)) return
    event.preventDefault()
    event.key === "Enter" ? first(input)?.click() : first(input)?.focus()
  })
  // No keyboard jumps up on a phone.
  document.addEventListener("toggle", ({ target }) => {
    if (target.open && matchMedia("(pointer: fine)").matches) $("[data-sift]", target)?.focus()
  }, true)
}
