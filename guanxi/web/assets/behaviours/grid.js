// Cells of a list picked together: drag, Shift+click, or from the keyboard ArrowRight in a row, then arrows with and
// without Shift. Copy takes them along as a spreadsheet does, paste asks the server what would go where, Ctrl+D fills
// the first row down. Fetched by list.js where a list can be edited; what it needs of dom.js is handed to it.

export function start({ $, $$, send, parse, say, isTyping, hasMod, triggerFrom }) {
  let anchor, head // cells: where picking began, and where it is
  let dragging = false

  const dialog = () => $("[data-grid]")
  const cellOf = target => target.closest?.("[data-list] tbody tr[id] > :is(td, th):not(:has([data-row-check]))")
  const rowsOf = cell => $$("tr[id]", cell.closest("tbody"))
  const place = cell => [rowsOf(cell).indexOf(cell.parentElement), cell.cellIndex]
  const nameOf = cell => cell.dataset.name ?? ""
  const headOf = (cell, index) => cell.closest("table").tHead.rows[0].cells[index]?.dataset.column ?? ""

  /** The picked cells, row by row. */
  function picked() {
    if (!anchor?.isConnected || !head?.isConnected) return []
    const [[top, left], [bottom, right]] = [place(anchor), place(head)]
    const rows = rowsOf(anchor).slice(Math.min(top, bottom), Math.max(top, bottom) + 1)
    return rows.map(row => [...row.cells].slice(Math.min(left, right), Math.max(left, right) + 1))
  }

  function show() {
    for (const old of $$("[data-picked]")) delete old.dataset.picked
    const cells = picked()
    for (const cell of cells.flat()) cell.dataset.picked = ""
    if (cells.length) {
      const words = JSON.parse(dialog()?.dataset.words ?? "{}").picked ?? ""
      say(words.replace("{rows}", cells.length).replace("{columns}", cells[0].length))
    }
  }

  function pick(from, to = from) {
    anchor = from
    head = to
    to.tabIndex = -1
    to.focus({ preventScroll: true })
    to.scrollIntoView({ block: "nearest", inline: "nearest" })
    show()
  }

  function forget() {
    anchor = head = null
    show()
  }

  // ——— Mouse ———

  document.addEventListener("pointerdown", event => {
    const cell = cellOf(event.target)
    if (event.pointerType !== "mouse" || event.button || !cell || event.target.closest("input, select, textarea")) return
    if (event.shiftKey && (anchor ?? cellOf(document.activeElement))?.isConnected) {
      event.preventDefault()
      return pick(anchor ?? cellOf(document.activeElement), cell)
    }
    if (anchor) forget()
    const move = ({ target }) => {
      const over = cellOf(target)
      if (!over || (over === cell && !dragging)) return
      if (!dragging) getSelection().removeAllRanges()
      dragging = true
      pick(cell, over)
    }
    const end = () => {
      removeEventListener("pointermove", move)
      removeEventListener("pointerup", end)
      setTimeout(() => (dragging = false))
    }
    addEventListener("pointermove", move)
    addEventListener("pointerup", end)
  })
  // The click that ends a drag, or that extends, opens no editor and follows no link.
  document.addEventListener("click", event => {
    if ((dragging || (event.shiftKey && anchor)) && cellOf(event.target)) {
      event.preventDefault()
      event.stopPropagation()
    }
  }, true)
  document.addEventListener("dragstart", event => dragging && event.preventDefault())
  document.addEventListener("selectstart", event => dragging && event.preventDefault())

  // ——— Keys ———

  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

  document.addEventListener("keydown", event => {
    if (event.isComposing || isTyping(event.target) || event.altKey) return
    if (hasMod(event)) {
      if (event.code === "KeyD" && picked().length > 1) stop(event, fill)
      return
    }
    const step = steps[event.key]
    if (!head?.isConnected) anchor = head = null
    if (!anchor && cellOf(event.target) === event.target) anchor = head = event.target
    if (!anchor) {
      const row = event.target.closest?.("[data-list] tbody tr[id]")
      if (step && step[1] === 1 && row === event.target) {
        const first = $$(":scope > :is(td, th)", row).find(cell => cellOf(cell) === cell)
        if (first) stop(event, () => pick(first))
      }
      return
    }
    if (event.key === "Escape") return stop(event, leave)
    if (!step || !cellOf(event.target)) return
    const [row, column] = place(head)
    const next = rowsOf(head)[row + step[0]]?.cells[column + step[1]]
    stop(event, () => {
      if (next && cellOf(next) === next) event.shiftKey ? pick(anchor, next) : pick(next)
    })
  }, true)

  document.addEventListener("focusin", ({ target }) => {
    if (anchor && isTyping(target)) forget() // its editor is open
  })

  function stop(event, then) {
    event.preventDefault()
    event.stopPropagation()
    then()
  }

  function leave() {
    const row = head?.closest("tr")
    forget()
    row?.focus({ preventScroll: true })
  }

  // ——— The clipboard ———

  const textOf = cell => cell.dataset.value ?? (cell.querySelector("a.who, .who")?.textContent ?? cell.textContent).replace(/\s+/g, " ").trim()
  const quoted = text => (/[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

  document.addEventListener("copy", event => {
    if (!anchor || isTyping(event.target) || !getSelection().isCollapsed) return
    event.preventDefault()
    event.clipboardData.setData("text/plain", picked().map(row => row.map(cell => quoted(textOf(cell))).join("\t")).join("\n"))
    say(JSON.parse(dialog()?.dataset.words ?? "{}").copied ?? "")
  })

  document.addEventListener("paste", event => {
    const text = event.clipboardData.getData("text/plain")
    if (!text || !dialog()) return
    const cell = cellOf(document.activeElement)
    if (isTyping(event.target)) {
      // Who has clicked into a cell and pastes several means those from there on, not one long line.
      if (!several(text) || !cell || !event.target.matches(".editing input")) return
      cell.dispatchEvent(new CustomEvent("unedit", { bubbles: true }))
      pick(cell)
    }
    if (!anchor && cell) pick(cell)
    if (!anchor) return
    event.preventDefault()
    preview(text)
  })

  const several = text => /[\t\n]/.test(text.trimEnd())

  /** The columns and rows from the first picked cell on: as far as the text goes, which the server sees. */
  function target(text) {
    const cells = picked()
    const first = cells[0][0]
    const alone = !several(text)
    const [top, left] = place(first)
    const rows = alone ? cells.map(row => row[0].parentElement) : rowsOf(first).slice(top)
    const row = first.parentElement
    const columns = alone ? cells[0] : [...row.cells].slice(left)
    return {
      names: columns.map(cell => nameOf(cell) || (cell.tagName === "TH" ? headOf(cell, cell.cellIndex) : "")),
      rows: rows.map(one => [one.id.replace("row-", ""), one.dataset.version ?? "1"]),
      text,
    }
  }

  async function preview(text) {
    const place = dialog()
    const answer = await send("POST", `${place.dataset.grid}paste/`, { cells: JSON.stringify(target(text)), next: place.dataset.next })
    const said = await answer.text()
    if (!answer.ok) return tell(said)
    place.replaceChildren(parse(said))
    place.showModal()
  }

  document.addEventListener("click", event => {
    if (event.target.closest?.("[data-grid-close]")) dialog().close()
  })

  async function fill() {
    const place = dialog()
    const cells = picked()
    const sent = { names: cells[0].map(nameOf).filter(Boolean), rows: cells.map(([cell]) => [cell.parentElement.id.replace("row-", ""), cell.parentElement.dataset.version ?? "1"]) }
    const answer = await send("POST", `${place.dataset.grid}fill/`, { cells: JSON.stringify(sent), next: place.dataset.next })
    if (!answer.ok) return tell(await answer.text())
    const to = answer.headers.get("HX-Redirect")
    if (to && to !== place.dataset.next) return location.assign(to)
    triggerFrom(answer)
    const region = $("[data-list]")
    forget()
    if (region?.dataset.object) document.body.dispatchEvent(new CustomEvent(`changed:${region.dataset.object}`))
  }

  const tell = text => document.body.dispatchEvent(new CustomEvent("toast", { detail: { text: text.slice(0, 200), tone: "cinnabar" } }))
}
