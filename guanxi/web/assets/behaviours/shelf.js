// The fields of the cube explorer: found by typing, put into wells by drag or by R, C and F, walked by arrows. Every
// step is sent as the form would send it: by a button that says what goes where. Fetched when a page has such a rail.

export function start({ $, $$, on, hasMod, isShown, whenDrawn }) {
  let held

  /** Sends the form with a step; "out company" and the like are read by the server. */
  function take(step, before = "") {
    const form = $("#cube-form")
    const button = Object.assign(document.createElement("button"), { type: "submit", name: "step", value: step, hidden: true })
    const place = Object.assign(document.createElement("input"), { type: "hidden", name: "before", value: before })
    form.append(place, button)
    button.click()
    button.remove()
    place.remove()
  }

  /** To the form of a filter by a field: its own, or one of what it is linked to. */
  function filterBy(name) {
    const [field] = name.split(":")
    const { filter, filterBeyond } = $(".shelf").dataset
    location.assign((field.includes(".") ? filterBeyond : filter).replace("FIELD", encodeURIComponent(field)))
  }

  function put(well, { field, into }, before) {
    if (well === "filter") return into === "dimension" && filterBy(field)
    if (well === "out") return take(`out ${field}`)
    if ((well === "measures") === (into === "measure")) take(`${well} ${field}`, before)
  }

  // ——— Drag ———

  const takes = well => held && (well.dataset.takes ?? held.dataset.into) === held.dataset.into
    && (well.dataset.well !== "out" || held.closest(".wells"))

  on("dragstart", "[data-field]", (event, field) => {
    held = field
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", field.dataset.field)
  })
  on("dragover", "[data-well]", (event, well) => {
    if (!takes(well)) return
    event.preventDefault()
    well.dataset.over = ""
  })
  on("dragleave", "[data-well]", (event, well) => {
    if (!well.contains(event.relatedTarget)) delete well.dataset.over
  })
  on("drop", "[data-well]", (event, well) => {
    if (!takes(well)) return
    event.preventDefault()
    delete well.dataset.over
    put(well.dataset.well, held.dataset, event.target.closest(".wells [data-field]")?.dataset.field)
  })
  on("dragend", "[data-field]", () => (held = undefined))

  // ——— Keys ———

  document.addEventListener("keydown", event => {
    const field = event.target.closest?.(".shelf [data-field]")
    if (!field || event.isComposing || event.altKey || event.shiftKey || hasMod(event)) return
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const fields = $$(".shelf [data-field]").filter(isShown)
      event.preventDefault()
      return fields[fields.indexOf(field) + (event.key === "ArrowDown" ? 1 : -1)]?.focus()
    }
    const well = { KeyR: "rows", KeyC: "columns", KeyF: "filter" }[event.code]
    if (!well || document.body.dataset.singleKeys === "off" || field.dataset.into !== "dimension") return
    event.preventDefault()
    put(well, field.dataset)
  }, { capture: true })

  // ——— Found by typing ———

  let typed = ""
  const find = root => {
    const input = $("#cube-find", root)
    if (!input) return
    if (!input.value) input.value = typed // the page was drawn anew
    narrow(input)
  }
  const narrow = input => {
    typed = input.value
    const wanted = typed.trim().toLowerCase()
    for (const one of $$(".shelf li")) one.hidden = !one.textContent.toLowerCase().includes(wanted)
    for (const group of $$(".shelf details")) {
      const found = $$("li:not([hidden])", group).length > 0
      group.hidden = !found
      if (wanted) group.open = found
    }
  }
  on("input", "#cube-find", (_, input) => narrow(input))
  on("keydown", "#cube-find", event => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return
    event.preventDefault()
    $$(".shelf [data-field]").find(isShown)?.focus()
  })
  // ——— Groups stay open across a step ———

  const opened = new Set()
  on("click", ".shelf summary", (_, summary) => {
    const group = summary.parentElement
    opened[group.open ? "delete" : "add"](group.id)
  })
  const unfold = root => {
    for (const group of $$(".shelf details", root)) if (opened.has(group.id)) group.open = true
  }

  whenDrawn(root => {
    unfold(root)
    find(root)
  })
}
