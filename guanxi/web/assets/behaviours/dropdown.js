// Menus that open without script: `details.dropdown`. Whoever opens one by a key is in it at once; arrows go through it,
// Enter takes, Escape or a press beside it closes it. A long one has a field at its head, [data-sift]: only what has
// the typed words in it stays, and Enter takes the first of it; where nothing stays, it sends the words. Fetched when a
// page has such a menu (list.js).

export function start({ $, $$, on, isShown, layer, whenDrawn }) {
  const OPEN = "details.dropdown[open]"
  const STOPS = "a, button, input, select, textarea, summary"

  const siftOf = menu => $("[data-sift]", menu)
  const entries = input => $$(input.dataset.sift, input.closest(".popover"))
  const first = input => entries(input).map(one => $("input", one) ?? one).find(isShown)
  const stops = menu => $$(STOPS, menu).filter(one => one.parentElement !== menu && one.type !== "hidden" && isShown(one))

  whenDrawn(() => $$("[data-sift]").forEach(input => (input.closest("[hidden]") ?? input).hidden = false))

  on("input", "[data-sift]", (_, input) => {
    const words = input.value.trim().toLowerCase().split(/\s+/)
    for (const one of entries(input)) {
      const text = one.textContent.toLowerCase()
      one.hidden = !words.every(word => text.includes(word))
    }
  })

  const enter = menu => {
    const stop = siftOf(menu) ?? stops(menu)[0]
    stop?.focus()
    stop?.select?.() // what was asked for last time is typed over
  }
  let entered // the menu that was opened by a key last
  on("click", "details.dropdown > summary", (event, { parentElement: menu }) => {
    if (event.detail) return // a key presses without a place
    event.preventDefault() // opened at once: the next key is meant for it
    menu.open = !menu.open
    if (menu.open) enter((entered = menu))
  })
  whenDrawn(() => entered?.open && document.activeElement === document.body && enter(entered)) // its content has come
  if (document.activeElement.matches(`${OPEN} > summary`)) enter(document.activeElement.parentElement) // faster than this file

  // By the mouse only the field is asked for; on a phone no keyboard jumps up.
  document.addEventListener("toggle", ({ target }) => {
    const here = document.activeElement
    if (!target.matches?.(OPEN) || (target.contains(here) && here.localName !== "summary")) return
    if (matchMedia("(pointer: fine)").matches) siftOf(target)?.focus()
  }, true)

  // Before the list's own arrows, and not where arrows mean something else.
  document.addEventListener("keydown", event => {
    const { key, target } = event
    const menu = target.closest?.(OPEN)
    const step = { ArrowDown: 1, ArrowUp: -1 }[key]
    const sifts = target.matches?.("[data-sift]")
    if (!menu || event.isComposing || !(step || (sifts && key === "Enter"))) return
    if (!sifts && !target.matches("a, button, summary, [type=checkbox]")) return
    event.preventDefault()
    event.stopPropagation()
    const all = stops(menu)
    if (!step) return first(target) ? first(target).click() : target.form?.requestSubmit()
    all.at((all.indexOf(target) + step + (target.matches("summary") && step < 0)) % all.length)?.focus()
  }, true)

  layer(39, () => {
    const one = $$(OPEN).find(isShown)
    if (!one) return false
    one.open = false
    $("summary", one).focus()
    return true
  })
  for (const left of ["pointerdown", "focusin"])
    document.addEventListener(left, ({ target }) => {
      for (const one of $$(OPEN)) if (!one.contains(target)) one.open = false
    })
}
