// Carrying cards. By mouse from anywhere on the card, by touch from its grip, by keys from the grip: Enter lifts,
// arrows move, Enter drops, Escape puts back. A tap on the grip opens Move to…. The drop posts lane, the card that
// follows, and the version; the answer is the card, with the lanes' heads beside it.
// What others move follows by itself: the strip over the board asks again (live.js), and its answer brings the lanes.
// Fetched when a page has one (list.js).

export function start({ $, $$, layer, on, parse, word, htmx }) {
  const FAR_ENOUGH = 5 // px before a press becomes a carry
  const EDGE = 48 // px from the edge where the board scrolls along

  let held // { card, from: { list, next }, place, ghost, grab, byKeys }

  const listOf = lane => $("[data-cards]", lane)
  const cardsOf = list => $$(":scope > [data-card]:not([data-ghost]), :scope > .drop", list)
  const lanesOf = board => $$("[data-lane]", board)
  const titleOf = card => $(".deal-t a", card)?.textContent ?? ""

  // ——— By pointer ———

  document.addEventListener("dragstart", event => event.target.closest?.("[data-board]") && event.preventDefault())

  on("pointerdown", "[data-card][data-move]", (event, card) => {
    const grip = event.target.closest("[data-grip]")
    if (event.button || held || (event.pointerType !== "mouse" && !grip) || event.target.closest("input, select, textarea, form")) return
    const start = { x: event.clientX, y: event.clientY }
    const follow = move => {
      if (!held && Math.hypot(move.clientX - start.x, move.clientY - start.y) < FAR_ENOUGH) return
      if (!held) lift(card, start)
      move.preventDefault()
      carry(move.clientX, move.clientY)
    }
    const end = up => {
      removeEventListener("pointermove", follow)
      removeEventListener("pointerup", end)
      removeEventListener("pointercancel", end)
      if (!held) return
      // The click that follows a carry is not meant for the link under the pointer.
      addEventListener("click", click => (click.preventDefault(), click.stopPropagation()), { capture: true, once: true })
      setTimeout(() => dispatchEvent(new Event("click")))
      up.type === "pointerup" ? drop() : putBack()
    }
    addEventListener("pointermove", follow, { passive: false })
    addEventListener("pointerup", end)
    addEventListener("pointercancel", end)
  })

  function lift(card, { x, y }) {
    const box = card.getBoundingClientRect()
    const ghost = card.cloneNode(true)
    ghost.removeAttribute("id")
    ghost.classList.add("dragging")
    ghost.style.inlineSize = `${box.width}px`
    document.body.append(ghost)
    const place = parse('<li class="drop" aria-hidden="true"></li>')
    place.style.blockSize = `${box.height}px`
    held = { card, from: placeOf(card), place, ghost, grab: { x: x - box.left, y: y - box.top } }
    card.before(place)
    card.dataset.ghost = ""
    getSelection().removeAllRanges()
  }

  const placeOf = card => ({ list: card.parentElement, next: card.nextElementSibling })

  function carry(x, y) {
    const { ghost, grab, place } = held
    ghost.style.transform = `translate(${x - grab.x}px, ${y - grab.y}px) rotate(2deg)`
    const lane = document.elementFromPoint(x, y)?.closest("[data-lane]")
    scrollAlong(x, y)
    if (!lane) return
    const list = listOf(lane)
    const next = $$(":scope > [data-card]:not([data-ghost])", list).find(card => {
      const box = card.getBoundingClientRect()
      return y < box.top + box.height / 2
    })
    const end = $(":scope > .lane-more", list)
    list.insertBefore(place, next ?? end)
  }

  function scrollAlong(x, y) {
    for (let box = held.card.closest("[data-board]"); box; box = box.parentElement) {
      const { left, right, top, bottom } = box.getBoundingClientRect()
      if (box.scrollWidth > box.clientWidth) box.scrollLeft += x < left + EDGE ? -12 : x > right - EDGE ? 12 : 0
      if (box.scrollHeight > box.clientHeight) box.scrollTop += y < top + EDGE ? -12 : y > bottom - EDGE ? 12 : 0
    }
  }

  // ——— By keys ———

  on("click", "[data-grip]", (event, grip) => {
    const card = grip.closest("[data-card]")
    if (event.detail) return openMoveTo(card, grip) // a tap or a click; keys click with detail 0
    held?.byKeys ? drop() : liftByKeys(card)
  })

  function liftByKeys(card) {
    held = { card, from: placeOf(card), byKeys: true }
    card.dataset.held = ""
    speak("lifted", card)
  }

  document.addEventListener("keydown", event => {
    if (!held?.byKeys) return
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key]
    if (event.key === "Tab") return putBack()
    if (!moves) return
    event.preventDefault()
    event.stopPropagation()
    moveByKeys(...moves)
  }, true)

  function moveByKeys(lanes, places) {
    const { card } = held
    const all = lanesOf(card.closest("[data-board]"))
    const at = all.indexOf(card.closest("[data-lane]"))
    const lane = all[Math.max(0, Math.min(all.length - 1, at + lanes))]
    const others = cardsOf(listOf(lane)).filter(one => one !== card)
    const now = cardsOf(card.parentElement).indexOf(card)
    const index = Math.max(0, Math.min(others.length, now + places))
    listOf(lane).insertBefore(card, others[index] ?? $(":scope > .lane-more", listOf(lane)))
    $("[data-grip]", card).focus()
    card.scrollIntoView({ block: "nearest", inline: "nearest" })
    speak("moved", card)
  }

  // ——— Drop and put back ———

  function drop() {
    const { card, from, place, ghost, byKeys } = held
    held = null
    delete card.dataset.held
    delete card.dataset.ghost
    ghost?.remove()
    place?.replaceWith(card)
    const next = nextCard(card)
    if (card.parentElement === from.list && next === nextOf(from)) return catchUp()
    speak("dropped", card)
    sendMove(card, from, next, byKeys)
    catchUp()
  }

  const nextCard = card => {
    const next = card.nextElementSibling
    return next?.matches("[data-card]") ? next : null
  }
  const nextOf = ({ next }) => (next?.matches("[data-card]") ? next : null)

  async function sendMove(card, from, next, refocus) {
    const lane = card.closest("[data-lane]")
    let arrived = false
    card.addEventListener("htmx:beforeSwap", ({ detail }) => (arrived = detail.xhr.status < 500), { once: true })
    card.ariaBusy = "true"
    const { id } = card
    try {
      await htmx.ajax("POST", card.dataset.move, {
        source: card, target: card, swap: "outerHTML",
        values: { lane: lane.dataset.lane, before: next?.dataset.card ?? "", version: card.dataset.version },
      })
    } finally {
      card.ariaBusy = null
      if (!arrived) from.list.insertBefore(card, from.next?.isConnected ? from.next : null)
      if (refocus) $(`#${CSS.escape(id)} [data-grip]`)?.focus()
    }
  }

  function putBack() {
    if (!held) return false
    const { card, from, place, ghost } = held
    held = null
    delete card.dataset.held
    delete card.dataset.ghost
    ghost?.remove()
    place?.remove()
    from.list.insertBefore(card, from.next)
    speak("returned", card)
    if (!ghost) $("[data-grip]", card).focus()
    catchUp()
    return true
  }

  layer(50, putBack)

  // ——— Move to… ———

  function openMoveTo(card, grip) {
    const menu = parse(`<div class="menu popover move-to" role="menu"></div>`)
    menu.ariaLabel = word("moveTo")
    for (const lane of lanesOf(card.closest("[data-board]"))) {
      const item = parse('<button type="button" role="menuitem" tabindex="-1"></button>')
      item.textContent = lane.ariaLabel
      item.ariaDisabled = String(lane.contains(card))
      item.addEventListener("click", () => {
        const from = placeOf(card)
        listOf(lane).prepend(card)
        speak("dropped", card)
        sendMove(card, from, nextCard(card), true)
        menu.remove()
      })
      menu.append(item)
    }
    $(".move-to")?.remove()
    card.append(menu)
    $('[aria-disabled="false"]', menu)?.focus()
    menu.addEventListener("focusout", ({ relatedTarget }) => menu.contains(relatedTarget) || setTimeout(() => menu.remove(), 150))
  }

  layer(41, () => {
    const menu = $(".move-to")
    const grip = menu && $("[data-grip]", menu.closest("[data-card]"))
    menu?.remove()
    grip?.focus()
    return !!menu
  })

  // ——— What others do ———

  const late = new Map() // list → its cards as they came while one was carried

  document.addEventListener("htmx:configRequest", ({ target, detail }) => {
    if (target.id !== "board-sums" || !detail.triggeringEvent?.type.startsWith("changed:")) return
    detail.parameters.shown = Math.max(1, ...$$("[data-board] [data-cards]").map(list => cardsOf(list).length))
  })

  document.addEventListener("htmx:oobBeforeSwap", event => {
    if (!event.target.matches("[data-board] [data-cards]")) return
    event.preventDefault()
    const fresh = event.detail.fragment.firstElementChild
    held ? late.set(event.target, fresh) : follow(event.target, fresh)
  })

  /** Takes over what is new. Cards that stay keep their place, and those in which somebody is at work stay as they are. */
  function follow(list, fresh) {
    const named = new Set($$("[data-card]", fresh).map(({ id }) => id))
    let last
    for (const card of $$("[data-card]", fresh)) {
      const there = document.getElementById(card.id)
      const stays = there?.parentElement === list
      if (there && (isBusy(there) || (stays && there.dataset.version === card.dataset.version))) {
        if (stays) last = there
        continue
      }
      const focused = there?.contains(document.activeElement)
      if (stays) there.replaceWith(card)
      else {
        there?.remove()
        last ? last.after(card) : list.prepend(card)
      }
      htmx.process(card)
      if (focused) $("[data-grip], a", card)?.focus({ preventScroll: true })
      last = card
    }
    for (const card of $$(":scope > [data-card]", list)) if (!named.has(card.id) && !isBusy(card)) card.remove()
    $(":scope > .lane-more", list)?.remove()
    const more = $(".lane-more", fresh)
    if (more) list.append(more), htmx.process(more)
  }

  const isBusy = card => card.ariaBusy === "true" || !!$("form, .move-to", card)

  function catchUp() {
    late.forEach((fresh, list) => follow(list, fresh))
    late.clear()
  }

  // ——— The live region ———

  function speak(what, card) {
    const region = $("[data-board-says]")
    if (!region) return
    const lane = card.closest("[data-lane]")
    const cards = cardsOf(card.parentElement)
    const values = { card: titleOf(card), lane: lane.ariaLabel, place: cards.indexOf(card) + 1, count: cards.length }
    region.textContent = region.dataset[what].replace(/\{(\w+)\}/g, (_, key) => values[key])
  }
}
