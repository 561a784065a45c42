// Rows of a form in an order: by mouse, or by Alt and the arrows on a row's grip. The number in each row is what is
// sent, and without script it is typed.
// Fetched when a page has such rows (list.js).

export function start({ $, $$, on, say }) {
  let held

  on("dragstart", "[data-order] > li", (event, row) => {
    held = row
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", "")
  })

  on("dragover", "[data-order] > li", (event, row) => {
    if (!held || held === row || held.parentElement !== row.parentElement) return
    event.preventDefault()
    const { top, height } = row.getBoundingClientRect()
    row.parentElement.insertBefore(held, event.clientY < top + height / 2 ? row : row.nextSibling)
  })

  on("dragend", "[data-order] > li", (_, row) => {
    held = undefined
    renumber(row.parentElement)
  })

  on("keydown", "[data-order] [data-grip-row]", (event, grip) => {
    const step = event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (!step) return
    event.preventDefault()
    const row = grip.closest("li")
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling
    if (!other) return
    if (step < 0) other.before(row)
    else other.after(row)
    grip.focus()
    renumber(row.parentElement)
    say($(".place", row).value)
  })

  function renumber(list) {
    $$(".place", list).forEach((input, at) => (input.value = at + 1))
  }

  // Rows of a table, each with a form that says its place: where a row is dropped, its form is sent.

  on("dragstart", "[data-drag-rows] > [draggable]", (event, row) => {
    held = row
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", "")
  })

  on("dragover", "[data-drag-rows] > [draggable]", (event, row) => {
    if (!held || held === row || held.parentElement !== row.parentElement) return
    event.preventDefault()
    const { top, height } = row.getBoundingClientRect()
    row.parentElement.insertBefore(held, event.clientY < top + height / 2 ? row : row.nextSibling)
  })

  on("dragend", "[data-drag-rows] > [draggable]", (_, row) => {
    held = undefined
    const place = $(".place", row)
    const now = $$("[draggable] .place", row.parentElement).indexOf(place) + 1
    if (!place || place.value === String(now)) return
    place.value = now
    place.form.requestSubmit(place.form.querySelector(":scope > button"))
  })
}
