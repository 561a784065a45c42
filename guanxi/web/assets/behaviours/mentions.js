// Naming a member in a text: @ opens the list of those whose names fit, arrows choose, Enter or Tab writes the name,
// Escape leaves it as typed. Without it names are simply typed out.
// Fetched when a page has such a text (list.js).

const NAMING = /(?:^|[^\p{L}\p{N}@])@([\p{L}\p{N}·.'-]{0,30})$/u
let open // { field, list, from }

export function start({ $, $$, layer, on, send }) {
  on("input", "[data-mentions]", (event, field) => event.isComposing || find(field))
  on("compositionend", "[data-mentions]", (_, field) => find(field))
  on("focusout", "[data-mentions]", () => setTimeout(close, 200))

  on("keydown", "[data-mentions]", (event, field) => {
    if (open?.field !== field || event.isComposing) return
    const all = $$("[role=option]", open.list)
    const at = all.findIndex(one => one.ariaSelected === "true")
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) choose(all[(at + step + all.length) % all.length])
    else if (["Enter", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey && all[at]) take(all[at])
    else return
    event.preventDefault()
    event.stopPropagation()
  }, { capture: true })

  on("mousedown", "[data-mention-list] [role=option]", (event, option) => {
    event.preventDefault()
    if (open) take(option)
  })

  layer(60, close)
  const early = document.activeElement // who typed before this was here
  if (early?.matches("[data-mentions]")) find(early)

  async function find(field) {
    const before = field.value.slice(0, field.selectionStart)
    const naming = NAMING.exec(before)
    if (!naming) return close()
    const url = new URL(field.dataset.mentions, location.href)
    url.searchParams.set("q", naming[1])
    const answer = await send("GET", url)
    if (!answer.ok || field.value.slice(0, field.selectionStart) !== before) return
    const list = $("[data-mention-list]", field.form)
    list.innerHTML = await answer.text()
    const [first] = $$("[role=option]", list)
    if (!first) return close()
    open = { field, list, from: before.length - naming[1].length }
    list.hidden = false
    choose(first)
  }

  function choose(option) {
    for (const one of $$("[role=option]", open.list)) one.ariaSelected = String(one === option)
    open.field.setAttribute("aria-activedescendant", option.id)
  }

  function take(option) {
    const { field, from } = open
    field.setRangeText(`${option.dataset.text} `, from, field.selectionStart, "end")
    close()
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }

  function close() {
    if (!open) return false
    open.list.hidden = true
    open.field.removeAttribute("aria-activedescendant")
    open = undefined
    return true
  }
}
