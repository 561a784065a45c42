// Formatted text: the text area becomes a page to write on, with buttons above it. What is sent is the HTML; the
// server keeps of it what may be kept. Without script the text area takes plain text.

let $, parse // of dom.js, handed over: this is fetched when a page has such a text (list.js)

const BUTTONS = [
  ["bold", "B", "bold"],
  ["italic", "I", "italic"],
  ["heading", "H", "formatBlock", "h3"],
  ["bullets", "•", "insertUnorderedList"],
  ["numbers", "1.", "insertOrderedList"],
  ["quote", "“", "formatBlock", "blockquote"],
  ["link", "↗", "createLink"],
  ["clear", "⌫", "removeFormat"],
]

export function start({ on, ...dom }) {
  ({ $, parse } = dom)
  const look = () => document.querySelectorAll("[data-rich]:not([data-ready])").forEach(upgrade)
  look()
  // Editors of cells come by themselves, not by htmx.
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true })
  on("mousedown", ".rich-bar button", event => event.preventDefault()) // the selection stays
  on("click", ".rich-bar button", (_, button) => press(button))
  on("input", "[data-rich] [contenteditable]", (_, page) => keep(page))
  on("paste", "[data-rich] [contenteditable]", event => {
    // As text: what other programs put on the clipboard is mostly their styles.
    event.preventDefault()
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"))
  })
}

function upgrade(box) {
  box.dataset.ready = "1"
  const area = $("textarea", box)
  const words = JSON.parse(box.dataset.words)
  const page = parse('<div class="textarea rich" contenteditable="true" role="textbox" aria-multiline="true"></div>')
  page.ariaLabel = area.ariaLabel
  // The value was cleaned by the server; the parser of a template runs nothing, and the policy forbids the rest.
  page.append(...new DOMParser().parseFromString(area.value, "text/html").body.childNodes)
  const bar = parse('<div class="row tight rich-bar" role="toolbar"></div>')
  for (const [name, sign, command, value] of BUTTONS) {
    const button = parse('<button type="button" class="btn ghost small"></button>')
    Object.assign(button, { textContent: sign, title: words[name], ariaLabel: words[name] })
    Object.assign(button.dataset, { command, with: value ?? "" })
    bar.append(button)
  }
  area.hidden = true
  area.tabIndex = -1
  area.before(bar, page)
  document.execCommand("defaultParagraphSeparator", false, "p")
}

function press(button) {
  const { command, with: value } = button.dataset
  const box = button.closest("[data-rich]")
  const page = $("[contenteditable]", box)
  page.focus()
  const given = command === "createLink" ? askAddress(box) : value && `<${value}>`
  if (command === "createLink" && !given) return
  document.execCommand(command, false, given || null)
  keep(page)
}

function keep(page) {
  const area = $("textarea", page.closest("[data-rich]"))
  area.value = page.textContent.trim() || $("hr", page) ? page.innerHTML : ""
  area.dispatchEvent(new Event("change", { bubbles: true }))
}

const askAddress = box => prompt(JSON.parse(box.dataset.words).address, "https://")
