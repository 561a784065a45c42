// A drawn map is looked at closer: by wheel, two fingers, its buttons or + and −; moved by dragging or arrows, shown
// whole again by 0. What is seen is the drawing's viewBox; marks and letters keep their size. Fetched when a page has one.

const CLOSEST = 16
const STEP = 1.5
const PAN = 0.2 // of what is seen, for an arrow
const MOVED = 4 // pixels from which a press is no click

export function start({ $, on, say }) {
  const held = new Map() // pointers on the map: id → where each was last
  let dragged = false

  const whole = map => (map.dataset.whole ??= map.getAttribute("viewBox")).split(" ").map(Number)
  const seen = map => map.getAttribute("viewBox").split(" ").map(Number)
  const zoom = map => whole(map)[2] / seen(map)[2]

  /** Shows [x, y, width] of the drawing, never anything beyond it. */
  function show(map, x, y, width) {
    const [, , w, h] = whole(map)
    const scale = Math.min(Math.max(w / width, 1), CLOSEST)
    const clamp = (value, most) => Math.min(Math.max(value, 0), most)
    const box = [clamp(x, w - w / scale), clamp(y, h - h / scale), w / scale, h / scale]
    map.setAttribute("viewBox", box.map(value => value.toFixed(1)).join(" "))
    map.style.setProperty("--zoom", scale.toFixed(3))
    map.toggleAttribute("data-closer", scale > 1)
  }

  /** So many times closer, around a point of the screen or the middle. */
  function closer(map, times, at) {
    const [x, y, w, h] = seen(map)
    const [px, py] = at ? placeOf(map, at) : [x + w / 2, y + h / 2]
    const width = Math.min(Math.max(w / times, whole(map)[2] / CLOSEST), whole(map)[2])
    show(map, px - ((px - x) * width) / w, py - ((py - y) * width) / w, width)
  }

  function placeOf(map, { x, y }) {
    const point = new DOMPoint(x, y).matrixTransform(map.getScreenCTM().inverse())
    return [point.x, point.y]
  }

  const move = (map, dx, dy) => {
    const [x, y, w] = seen(map)
    show(map, x + dx, y + dy, w)
  }
  const tell = map => say(`${Math.round(zoom(map) * 100)} %`)
  const mapOf = element => $("[data-map]", element.closest("figure"))

  const DOES = {
    closer: map => closer(map, STEP),
    farther: map => closer(map, 1 / STEP),
    whole: map => show(map, 0, 0, whole(map)[2]),
  }
  on("click", "[data-zoom] button", (_, button) => {
    const map = mapOf(button)
    DOES[button.value](map)
    tell(map)
  })

  const KEYS = { "+": "closer", "=": "closer", "-": "farther", _: "farther", 0: "whole" }
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  on("keydown", "[data-map]", (event, map) => {
    const { key } = event
    if (event.altKey || event.ctrlKey || event.metaKey) return
    if (KEYS[key]) {
      DOES[KEYS[key]](map)
      tell(map)
    } else if (ARROWS[key] && zoom(map) > 1) {
      const [, , w, h] = seen(map)
      move(map, ARROWS[key][0] * w * PAN, ARROWS[key][1] * h * PAN)
    } else return
    event.preventDefault()
    event.stopPropagation()
  })

  // Where the wheel can go no further, the page scrolls on.
  on("wheel", "[data-map]", (event, map) => {
    const before = zoom(map)
    closer(map, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), { x: event.clientX, y: event.clientY })
    if (event.ctrlKey || zoom(map) !== before) event.preventDefault()
  }, { passive: false })

  const middle = points => ({
    x: points.reduce((sum, one) => sum + one.x, 0) / points.length,
    y: points.reduce((sum, one) => sum + one.y, 0) / points.length,
  })
  const apart = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y)

  on("pointerdown", "[data-map]", (event, map) => {
    if (event.button) return
    if (!held.size) dragged = false
    held.set(event.pointerId, { x: event.clientX, y: event.clientY, from: [event.clientX, event.clientY], map })
  })
  addEventListener("pointermove", event => {
    const one = held.get(event.pointerId)
    if (!one) return
    const before = [...held.values()].map(({ x, y }) => ({ x, y }))
    const { map } = one
    one.x = event.clientX
    one.y = event.clientY
    const far = Math.hypot(one.x - one.from[0], one.y - one.from[1]) > MOVED
    if (!dragged && !far) return
    const after = [...held.values()]
    if (after.length < 2 && zoom(map) === 1) return // one finger moves the page
    dragged = true
    if (after.length === 2) closer(map, apart(after) / (apart(before) || 1), middle(before))
    const [fromX, fromY] = placeOf(map, middle(before))
    const [toX, toY] = placeOf(map, middle(after))
    move(map, fromX - toX, fromY - toY)
  })
  for (const type of ["pointerup", "pointercancel"]) addEventListener(type, ({ pointerId }) => held.delete(pointerId))

  // A press that moved the map follows no link, and a link is not dragged off it.
  on("click", "[data-map] a", event => {
    if (!dragged || !event.detail) return // Enter on a link is no press
    event.preventDefault()
    event.stopPropagation()
  }, true)
  on("dragstart", "[data-map] a", event => event.preventDefault())
}
