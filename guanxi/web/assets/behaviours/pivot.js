// A table of figures from the keyboard: arrows go from cell to cell, Home and End along the row, Enter opens what the
// cell leads to (the records of a figure, the parts of a row or column). Fetched when a page has one.

export function start({ hasMod, isTyping }) {
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }
  const cellOf = target => target.closest?.(".pivot :is(tbody, tfoot) :is(td, th)")

  function focus(cell) {
    const target = cell.querySelector("a") ?? cell
    target.tabIndex = target === cell ? -1 : 0
    target.focus({ preventScroll: true })
    cell.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.altKey || event.shiftKey || hasMod(event) || isTyping(event.target)) return
    const wrap = event.target.closest?.(".tbl-wrap")
    const table = wrap?.querySelector(".pivot")
    if (!table || !(event.key in steps || event.key === "Home" || event.key === "End")) return
    const rows = [...table.querySelectorAll(":is(tbody, tfoot) tr")]
    const from = cellOf(event.target)
    event.preventDefault()
    if (!from) return focus(rows[0].cells[1] ?? rows[0].cells[0])
    if (event.key === "Home") return focus(from.parentElement.cells[0])
    if (event.key === "End") return focus([...from.parentElement.cells].at(-1))
    const [down, right] = steps[event.key]
    const next = rows[rows.indexOf(from.parentElement) + down]?.cells[from.cellIndex + right]
    if (next) focus(next)
  })
}
