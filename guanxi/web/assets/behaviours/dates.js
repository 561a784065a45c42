// Native date fields speak the browser's language and order of day and month; under them stands the day in the member's.
// Fetched when a page has one (list.js).

const DATES = "input[type=date], input[type=datetime-local]"
const NARROW = "td, dd, .rows > li, .filter-editor, .subbar, .as-of"
const { lang } = document.documentElement
const language = lang === "en" ? "en-GB" : lang // the day before the month, as everywhere in the product
const day = new Intl.DateTimeFormat(language, { dateStyle: "full" })
const moment = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" })

export function start({ $$, on, whenDrawn }) {
  on("input", DATES, (_, field) => tell(field))
  whenDrawn(() => $$(DATES).forEach(tell))
}

function tell(field) {
  if (field.closest(NARROW)) return
  let said = field.nextElementSibling
  if (!said?.matches("output.said")) {
    if (!field.value) return
    said = document.createElement("output")
    said.className = "hint said"
    field.after(said)
  }
  const { value, type } = field
  said.textContent = value && (type === "date" ? day.format(new Date(`${value}T00:00`)) : moment.format(new Date(value)))
}
