// Formatted text: the text area becomes a page to write on, with buttons above it. What is sent is the HTML; the
// server keeps of it what may be kept. Without script the text area takes plain text.

let $, parse // of dom.js, handed over: this is fetched when a page has such a text (list.js)

// What a button does: a command of the browser, or the kind of line that the chosen lines become.
const BUTTONS = [
  ["bold", "B", { command: "bold" }],
  ["italic", "I", { command: "italic" }],
  ["heading", "H", { line: "h3" }],
  ["bullets", "•", { line: "ul" }],
  ["numbers", "1.", { line: "ol" }],
  ["quote", "“", { line: "blockquote" }],
  ["link", "↗", { command: "createLink" }],
  ["clear", "⌫", { command: "removeFormat" }],
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
  for (const [name, sign, does] of BUTTONS) {
    const button = parse('<button type="button" class="btn ghost small"></button>')
    Object.assign(button, { textContent: sign, title: words[name], ariaLabel: words[name] })
    Object.assign(button.dataset, does)
    bar.append(button)
  }
  area.before(bar, page)
  if (area === document.activeElement) {
    page.focus() // before the text area goes: a cell that loses the focus is saved
    getSelection().selectAllChildren(page)
    getSelection().collapseToEnd()
  }
  area.hidden = true
  area.tabIndex = -1
  document.execCommand("defaultParagraphSeparator", false, "p")
}

function press(button) {
  const { command, line } = button.dataset
  const box = button.closest("[data-rich]")
  const page = $("[contenteditable]", box)
  page.focus()
  const given = command === "createLink" ? askAddress(box) : null
  if (command === "createLink" && !given) return
  if (line) reshape(page, line)
  else document.execCommand(command, false, given)
  keep(page)
}

// The chosen lines become such lines, or plain ones again. Chromium's own command nests a list in the paragraph
// that it was, and puts the writer before its first letter.
function reshape(page, kind) {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection()
  if (!page.contains(anchorNode)) return
  wrapLoose(page)
  const most = node => (node.nodeType === Node.TEXT_NODE ? node.length : node.childNodes.length)
  const choose = (a, b) =>
    getSelection().setBaseAndExtent(a, Math.min(anchorOffset, most(a)), b, Math.min(focusOffset, most(b)))
  const inside = node => (node === page ? page.firstChild : node)
  choose(inside(anchorNode), inside(focusNode))
  const range = getSelection().getRangeAt(0)
  const lines = linesOf(page)
  const chosen = lines.filter(({ from }) => range.intersectsNode(from))
  const next = chosen.every(one => one.kind === kind) ? "p" : kind
  for (const one of chosen) one.kind = next
  const became = new Map()
  page.replaceChildren(...rebuilt(lines, became))
  choose(became.get(inside(anchorNode)) ?? anchorNode, became.get(inside(focusNode)) ?? focusNode)
}

// Letters that stand on the page itself come into a line.
function wrapLoose(page) {
  let line
  for (const node of [...page.childNodes]) {
    if (node.nodeType === Node.ELEMENT_NODE && node.matches(LINES)) line = undefined
    else {
      if (!line) node.before((line = document.createElement("p")))
      line.append(node)
    }
  }
  if (!page.firstChild) page.append(parse("<p><br></p>"))
}

const linesOf = page =>
  [...page.children].flatMap(one =>
    one.matches("ul, ol")
      ? [...one.children].map(from => ({ kind: one.localName, from }))
      : { kind: one.localName === "div" ? "p" : one.localName, from: one },
  )

// The elements of these lines; neighbours of a list are one list. `became`: an element → what has its place.
function rebuilt(lines, became) {
  const found = []
  for (const { kind, from } of lines) {
    const listed = kind === "ul" || kind === "ol"
    const made = document.createElement(listed ? "li" : kind)
    made.append(...from.childNodes)
    became.set(from, made)
    if (!listed) found.push(made)
    else {
      if (found.at(-1)?.localName !== kind) found.push(document.createElement(kind))
      found.at(-1).append(made)
    }
  }
  return found
}

function keep(page) {
  const area = $("textarea", page.closest("[data-rich]"))
  area.value = page.textContent.trim() || $("hr", page) ? page.innerHTML : ""
  area.dispatchEvent(new Event("change", { bubbles: true }))
}

const LINES = "p, div, h1, h2, h3, h4, ul, ol, blockquote, pre, hr, table"
const askAddress = box => prompt(JSON.parse(box.dataset.words).address, "https://")
