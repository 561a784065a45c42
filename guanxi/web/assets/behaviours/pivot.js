// A table of figures from the keyboard: arrows go from cell to cell, Home and End along the row, Enter opens what the
// cell leads to (the menu of a figure, the parts of a row or column). Fetched when a page has one.

export function start({ $, $$, openMenu, hasMod, isTyping, whenDrawn }) {
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

  // What a figure leads to: without script its records, with it a menu that has them and more.
  whenDrawn(root => {
    for (const link of $$(".pivot td a", root)) link.ariaHasPopup = "menu"
  })
  document.addEventListener("click", event => {
    const link = event.target.closest?.(".pivot td a")
    const menu = $(".cell-menu")
    if (!link || !menu || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
    event.preventDefault()
    event.stopPropagation()
    const cell = link.closest("td")
    const heads = [...$("thead tr", cell.closest("table")).cells].slice(1)
    const measures = heads[0].colSpan
    const at = cell.cellIndex - 1
    const row = cell.parentElement.dataset
    const column = heads[Math.floor(at / measures)].dataset
    const asked = { row: row.only, depth: row.depth, column: column.only, across: column.depth, place: at % measures }
    menu.replaceChildren()
    menu.dataset.load = `${cell.closest("table").dataset.cell}&${new URLSearchParams(asked)}`
    openMenu(link, menu, () => {
      // Of a refusal words are shown, never the source of a page that stands between.
      if (!menu.childElementCount && !/^[^<]/.test(menu.textContent)) menu.textContent = menu.dataset.failed
      stand(menu, cell)
    })
  }, { capture: true })

  // Under its cell, or above where there is no room; a sheet at the foot of a phone stands by itself.
  function stand(menu, cell) {
    const small = matchMedia("(width < 48rem)").matches
    const { left, top, bottom } = cell.getBoundingClientRect()
    const { width, height } = menu.getBoundingClientRect()
    const above = bottom + 4 + height > innerHeight - 8 && top - 4 - height > 8
    menu.style.left = small ? "" : `${Math.max(8, Math.min(left, innerWidth - 8 - width))}px`
    menu.style.top = small ? "" : `${above ? top - 4 - height : bottom + 4}px`
  }
}
