// Files that are dropped anywhere on a record, or chosen in its tab, are sent one after the other. Each shows how far
// it is and can be called off; the page can be left for another one of ours meanwhile. What was not kept stays there
// with the reason, until somebody closes it.

let $, $$, parse, say // of dom.js, handed over: this is fetched when a page takes files (list.js)

const MOST = 200 // files at once: a folder may hold a whole disk
const QUIET = 4000 // ms for which the last word is shown
const waiting = []
const news = new Set()
let sending, list, words, failed = 0

export function start({ on, ...dom }) {
  ({ $, $$, parse, say } = dom)
  // What it looks like comes with it, and stays when the page of the record is left.
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: $("[data-drop]").dataset.sheet }))
  document.addEventListener("dragover", event => {
    if (!carries(event) || isOwnField(event.target)) return
    event.preventDefault() // a file beside the place would replace the page
    const place = event.target.closest("[data-drop]")
    event.dataTransfer.dropEffect = place ? "copy" : "none"
    if (place) place.dataset.over = ""
  })
  document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? leave())
  on("dragleave", "[data-drop]", ({ relatedTarget }, place) => place.contains(relatedTarget) || leave())
  document.addEventListener("drop", event => {
    leave()
    if (!carries(event) || isOwnField(event.target)) return
    event.preventDefault()
    const place = event.target.closest("[data-drop]")
    const field = $("[type=file]", event.target.closest("[data-composer]") ?? document.createElement("i"))
    if (field) hand(event.dataTransfer.files, field)
    else if (place) filesOf(event.dataTransfer).then(({ found, unread }) => add(found, place, unread))
  })
  on("change", "[data-drop-files] [type=file]", (_, field) => {
    add([...field.files].map(file => ({ file, name: file.name })), field.closest("[data-drop]"))
    field.value = ""
  })
  addEventListener("beforeunload", event => sending && event.preventDefault())
}

const carries = ({ dataTransfer }) => dataTransfer?.types.includes("Files")
const isOwnField = target => target.matches?.("[type=file]") && !target.closest("[data-drop-files], [data-composer]")
const leave = () => $$("[data-over]").forEach(place => delete place.dataset.over)

/** To a note that is being written: its files go along with it. */
function hand(files, field) {
  field.files = files
  field.dispatchEvent(new Event("change", { bubbles: true }))
}

/** What was dropped, folders with all that is in them, each with the name it goes under; and what can't be read. */
async function filesOf({ items, files }) {
  const entries = [...items].map(item => item.webkitGetAsEntry?.()).filter(Boolean) // gone after the event
  if (!entries.some(entry => entry.isDirectory)) return { found: [...files].map(file => ({ file, name: file.name })) }
  const found = [], unread = []
  for (const entry of entries) await walk(entry, found, unread)
  const names = found.map(({ file }) => file.name)
  for (const one of found) one.name = names.indexOf(one.file.name) < names.lastIndexOf(one.file.name) ? nameOf(one) : one.file.name
  return { found, unread }
}

async function walk(entry, found, unread) {
  if (found.length > MOST) return
  try {
    if (entry.isFile) return void found.push({ file: await new Promise((done, fail) => entry.file(done, fail)), path: entry.fullPath })
    const reader = entry.createReader()
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail)) // a hundred at a time
      if (!some.length) return
      for (const one of some) await walk(one, found, unread)
    }
  } catch {
    unread.push(entry.name)
  }
}

/** With its folders where another of the drop has the same name, which would make them versions of one file. */
function nameOf({ file, path }) {
  const folders = path.split("/").filter(Boolean).slice(0, -1).join(" - ")
  const dot = file.name.lastIndexOf(".")
  const [stem, ending] = dot > 0 ? [file.name.slice(0, dot), file.name.slice(dot)] : [file.name, ""]
  return folders ? `${stem} (${folders})${ending}` : file.name
}

function add(files, place, unread = []) {
  words = JSON.parse(place.dataset.words)
  show()
  for (const { file, name } of files.slice(0, MOST)) {
    const row = rowOf(name)
    if (file.size > Number(place.dataset.largest)) fail(row, words.large)
    else waiting.push({ file, name, row, to: place.dataset.drop })
  }
  for (const name of unread) fail(rowOf(name), words.unread)
  if (files.length > MOST) fail(rowOf("…"), said("many", { count: MOST }))
  if (!sending) next()
}

const said = (name, values) => words[name].replace(/\{(\w+)\}/g, (_, key) => values[key])

function show() {
  if (list?.isConnected) return
  failed = 0
  const card = parse('<section class="uploads"><header><b aria-live="polite"></b><button class="btn ghost small" type="button"></button></header><ul></ul></section>')
  const close = $("button", card)
  close.textContent = words.close
  close.onclick = () => card.remove()
  list = $("ul", card)
  document.body.append(card)
}

function rowOf(name) {
  const row = parse('<li><span class="trunc"></span><button class="btn ghost icon small" type="button">×</button><progress max="1" value="0"></progress></li>')
  $("span", row).textContent = row.title = name
  $("progress", row).ariaLabel = name
  $("button", row).ariaLabel = said("cancel", { name })
  $("button", row).onclick = () => cancel(row, name)
  list.append(row)
  return row
}

function next() {
  sending = waiting.shift()
  const card = list.closest(".uploads")
  $("header button", card).hidden = !!sending
  if (!sending) return finish(card)
  const { file, name, row, to } = sending
  const left = waiting.length ? ` · ${said("left", { count: waiting.length })}` : ""
  $("b", card).textContent = said("sending", { name }) + left
  const body = new FormData()
  body.append("files", file, name)
  const request = sending.request = new XMLHttpRequest() // fetch does not say how far it is
  request.upload.onprogress = ({ loaded, total }) => { $("progress", row).value = loaded / total }
  request.onload = () => {
    if (request.status < 300) arrived(request, row)
    else fail(row, request.status === 422 ? request.responseText : page("failed"))
    next()
  }
  request.onerror = () => { fail(row, page("unreachable")); next() }
  request.onabort = next
  request.open("POST", to)
  request.setRequestHeader("HX-Request", "true")
  request.setRequestHeader("X-CSRFToken", $('meta[name="csrf-token"]').content)
  request.send(body)
}

const page = name => JSON.parse(document.body.dataset.words)[name]

function arrived(request, row) {
  row.remove()
  for (const name in JSON.parse(request.getResponseHeader("HX-Trigger") ?? "{}"))
    if (name.startsWith("changed:")) news.add(name) // the card says the rest, so no toast for each
}

function finish(card) {
  // Once for all: a list that is just being drawn anew would miss the news of the next file.
  for (const name of news) document.body.dispatchEvent(new CustomEvent(name, { bubbles: true }))
  news.clear()
  $("b", card).textContent = words[failed ? "some" : "sent"]
  if (!failed) setTimeout(() => sending || list?.childElementCount || card.remove(), QUIET)
}

function fail(row, why) {
  failed += 1
  $("progress", row)?.replaceWith(parse(`<small role="alert"></small>`))
  $("small", row).textContent = why
  $("button", row).ariaLabel = said("dismiss", { name: row.title })
}

function cancel(row, name) {
  const at = waiting.findIndex(one => one.row === row)
  if (at >= 0) waiting.splice(at, 1)
  if ($("progress", row)) say(said("cancelled", { name }))
  row.remove()
  if (sending?.row === row) sending.request.abort()
}
