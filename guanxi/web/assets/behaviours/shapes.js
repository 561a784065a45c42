// Forms of settings: where a formula makes no sense is picked in it, a select offers only what follows from another, and
// an option shows the colour that is chosen for it.
// Fetched when a page has either (list.js).

export function start({ $, $$, on, whenDrawn }) {
  on("change", "select", (_, first) => {
    const swatch = first.name.endsWith("-tone") && first.closest("li")?.querySelector(".swatch")
    if (swatch) swatch.dataset.tone = first.value
    if (first.form && first.name) $$(`select[data-follows~="${first.name}"]`, first.form).forEach(narrow)
  })
  whenDrawn(() => {
    $$("select[data-follows]").forEach(narrow)
    const wrong = $("[data-mark]")
    if (wrong) mark(wrong)
  })

  /** Of "deal.company" in the first select, the options "deal.…" stay in this one that fit the figure in the second. */
  function narrow(select) {
    const [of, figure] = select.dataset.follows.split(" ").map((name) => select.form.elements[name].value)
    const object = of.split(".")[0]
    for (const option of $$("option[data-fits]", select)) {
      const fits = option.value.split(".")[0] === object && option.dataset.fits.split(" ").includes(figure)
      option.hidden = option.disabled = !fits
    }
    for (const group of $$("optgroup", select)) group.hidden = !$("option:not([hidden])", group)
    if (select.selectedOptions[0]?.disabled) select.value = ""
  }

  function mark(field) {
    const [at, length] = field.dataset.mark.split(" ").map(Number)
    delete field.dataset.mark
    field.focus()
    field.setSelectionRange(at, at + length)
  }
}
