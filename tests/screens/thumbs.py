"""Whether a thumb can hit what a phone's screen offers."""

from __future__ import annotations

from typing import Any

LEAST = 40  # pixels, in both directions


def too_small(page: Any) -> list[str]:
    """What is offered to a finger on a smaller area than it needs, once for each kind.

    Links within a sentence are left out, as WCAG 2.5.8 does. An area may be larger than what is drawn: what
    counts is where a touch arrives.
    """
    found: list[str] = page.evaluate(MEASURE, LEAST)
    return found


MEASURE = """least => {
  const offered = "a[href], button, summary, select, textarea, input:not([type=hidden]), " +
    "[role=option], [role=menuitem], [tabindex='0']"
  const kinds = new Map()
  const start = [scrollX, scrollY]
  for (const one of document.querySelectorAll(offered)) {
    if (one.disabled || one.closest(".swagger-ui, [inert], [hidden]") || within_a_sentence(one)) continue
    const area = one.labels?.[0] && /check|radio|file/.test(one.type) ? one.labels[0] : one
    if (!area.checkVisibility({visibilityProperty: true})) continue
    if (area === one && !one.checkVisibility({opacityProperty: true})) continue
    let box = area.getBoundingClientRect()
    if (box.width < 2 || box.height < 2 || enough(box.width, box.height)) continue
    one.scrollIntoView({block: "center", inline: "center", behavior: "instant"})
    box = area.getBoundingClientRect()
    const x = box.left + box.width / 2, y = box.top + box.height / 2
    const arrives = (left, top) => {
      const hit = document.elementFromPoint(left, top)
      return !hit || one.contains(hit) || area.contains(hit) || hit.closest("label")?.control === one
    }
    if (!arrives(x, y)) continue  // something lies over it: here it is not offered
    const reach = (dx, dy) => {
      let far = 0
      while (far < least / 2 && arrives(x + dx * (far + 1), y + dy * (far + 1))) far++
      return far
    }
    const wide = Math.max(box.width, reach(-1, 0) + reach(1, 0) + 1)
    const high = Math.max(box.height, reach(0, -1) + reach(0, 1) + 1)
    if (enough(wide, high)) continue
    const kind = `${said(one.parentElement)} > ${said(one)} ${Math.round(wide)}x${Math.round(high)}`
    const words = one.getAttribute("aria-label") || one.textContent || ""
    if (!kinds.has(kind)) kinds.set(kind, words.trim().slice(0, 24))
  }
  scrollTo(...start)
  return [...kinds].map(([kind, words]) => `${kind} (${words})`)

  function enough(wide, high) {
    return Math.round(wide) >= least && Math.round(high) >= least
  }
  function said(node) {
    return node.tagName.toLowerCase() + [...node.classList].map(name => "." + name).join("")
  }
  function within_a_sentence(one) {
    const inline = one.tagName === "A" && getComputedStyle(one).display === "inline"
    const beside = [...one.parentElement.childNodes].filter(node => node.nodeType === 3)
    return inline && beside.some(node => node.textContent.trim().length > 1)
  }
}"""
