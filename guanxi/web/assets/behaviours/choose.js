// A select that decides what its form asks for: [data-choose] around it and the button that sends the form for that. A
// choice by the mouse sends it at once; who walks through the options by keys presses the button, which comes with the
// first other choice.
// Fetched when a page has one (list.js).

export function start({ $, $$, on, whenDrawn }) {
  whenDrawn(root => $$("[data-choose] button", root).forEach(button => (button.hidden = true)))

  let byKeys = false
  on("pointerdown", "[data-choose] select", () => (byKeys = false))
  on("keydown", "[data-choose] select", () => (byKeys = true))

  on("change", "[data-choose] select", (event, select) => {
    const button = $("button", select.closest("[data-choose]"))
    if (byKeys) button.hidden = false
    else select.form.requestSubmit(button)
  })
}
