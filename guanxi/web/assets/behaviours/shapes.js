// Forms of settings: where a formula makes no sense is picked in it, and a select offers only what follows from another.
// Fetched when a page has either (list.js).

export function start({ $, $$, on, whenDrawn }) {
  on("change", "select", (_, first) => {
    if (first.form && first.name) $$(`select[data-follows="${first.name}"]`, first.form).forEach(narrow)
  })
  whenDrawn(() => {
    $$("select[data-follows]").forEach(narrow)
    const wrong = $("[data-mark]")
    if (wrong) mark(wrong)
  })

  /** Of "deal.company" in the first select, the options "deal.…" stay in the second. */
  function narrow(select) {
    const of = select.form.elements[select.dataset.follows].value.split(".")[0]
    for (const group of $$("optgroup", select)) {
      const stays = group.firstElementChild?.value.split(".")[0] === of
      group.hidden = group.disabled = !stays
      if (!stays && group.contains(select.selectedOptions[0])) select.value = ""
    }
  }

  function mark(field) {
    const [at, length] = field.dataset.mark.split(" ").map(Number)
    delete field.dataset.mark
    field.focus()
    field.setSelectionRange(at, at + length)
  }
}
