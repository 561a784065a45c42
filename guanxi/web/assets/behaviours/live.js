// What others change. One connection per browser: the tab that holds the lock listens and tells the rest. Each
// message names objects; `changed:<object>` on the body makes hx-trigger="changed:deal from:body" ask again.
// Where no events come, whatever listens asks again every 20 seconds.

import { $$ } from "./dom.js"

const POLL = 20_000
const url = document.body.dataset.live
const channel = url && "BroadcastChannel" in window ? new BroadcastChannel("guanxi-live") : null

if (url) start()

function start() {
  channel?.addEventListener("message", ({ data }) => tell(data))
  // Locks need a secure context; without them each tab listens for itself.
  if (navigator.locks) navigator.locks.request("guanxi-live", () => new Promise(listen))
  else listen()
}

let polling

function listen() {
  const source = new EventSource(url, { withCredentials: true })
  source.addEventListener("open", () => (polling = clearInterval(polling)))
  source.addEventListener("fact", ({ data }) => share(JSON.parse(data).map(({ object }) => object)))
  source.addEventListener("resync", askAll)
  source.addEventListener("bye", () => source.close())
  source.addEventListener("error", () => {
    polling ??= setInterval(askAll, POLL)
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, POLL)
  })
}

function share(objects) {
  channel?.postMessage(objects)
  tell(objects)
}

// Ten facts of one import are one question: names are gathered for a moment.
const gathered = new Set()
let timer

function tell(objects) {
  for (const name of objects) gathered.add(name)
  if (document.hidden) return // asked when somebody looks again
  timer ??= setTimeout(ask, 150)
}

function ask() {
  timer = undefined
  for (const name of gathered) document.body.dispatchEvent(new CustomEvent(`changed:${name}`))
  if (gathered.size) document.body.dispatchEvent(new CustomEvent("changed:counts"))
  gathered.clear()
}

document.addEventListener("visibilitychange", () => document.hidden || ask())

function askAll() {
  const triggers = $$('[hx-trigger*="changed:"]').map(element => element.getAttribute("hx-trigger"))
  const names = triggers.flatMap(trigger => [...trigger.matchAll(/changed:([\w-]+)/g)].map(([, name]) => name))
  share(names)
}
