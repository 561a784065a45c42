// Moving what is planned to another day: by mouse onto a day, by Alt and arrows for a day or a week. Without either,
// every entry has a form on the page of its day.
// Fetched when a page has one (list.js).

export function start({ $, on, say, send, triggerFrom }) {
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }
  let held

  on("dragstart", "[data-calendar] [data-move]", ({ dataTransfer }, entry) => {
    held = entry
    entry.dataset.held = ""
    dataTransfer.effectAllowed = "move"
    dataTransfer.setData("text/plain", entry.title)
  })

  on("dragend", "[data-calendar] [data-move]", (_, entry) => {
    delete entry.dataset.held
    mark(null)
    held = undefined
  })

  on("dragover", "[data-calendar] td[data-day]", (event, day) => {
    if (!held) return
    event.preventDefault()
    mark(day)
  })

  on("drop", "[data-calendar] td[data-day]", (event, day) => {
    if (!held) return
    event.preventDefault()
    if (day !== held.closest("[data-day]")) move(held, day.dataset.day)
  })

  on("keydown", "[data-calendar] [data-move]", (event, entry) => {
    const step = event.altKey && STEPS[event.key]
    if (!step) return
    event.preventDefault()
    const day = new Date(`${entry.closest("[data-day]").dataset.day}T00:00Z`)
    day.setUTCDate(day.getUTCDate() + step)
    move(entry, day.toISOString().slice(0, 10))
  })

  function mark(day) {
    const marked = $("[data-over]")
    if (marked !== day) {
      marked?.removeAttribute("data-over")
      day?.setAttribute("data-over", "")
    }
  }

  async function move(entry, day) {
    const { view, at, scope } = entry.closest("[data-calendar]").dataset
    const id = entry.closest("li").id
    const response = await send("POST", entry.dataset.move, { day, view, at, scope })
    if (!response.ok) return
    say(day)
    // The calendar is drawn anew; the focus stays on what was moved.
    document.addEventListener("htmx:afterSettle", () => $(`#${id} > a`)?.focus(), { once: true })
    triggerFrom(response)
  }
}
