// Where the member stands, asked of the browser by a form that wants to know: [data-position]. Refused or not found,
// the form says so and can be sent all the same. Fetched when a page has one (list.js).

const WAITS = 10_000 // ms; nobody stands before a door for longer

export function start({ $, $$, on, whenDrawn }) {
  whenDrawn(() => $$("[data-position]:not([data-asked])").forEach(ask))

  // Sent too early, it waits for the answer.
  on("submit", "[data-position]", (event, form) => {
    if (form.dataset.asked !== "looking") return
    event.preventDefault()
    form.dataset.hurry = ""
  })

  function ask(form) {
    form.dataset.asked = "looking"
    say(form, "looking")
    if (!navigator.geolocation) return answer(form, "refused")
    const patience = { enableHighAccuracy: true, timeout: WAITS, maximumAge: 0 }
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.elements.position.value = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)}`
      form.elements.accuracy.value = Math.round(coords.accuracy)
      answer(form, "found", Math.round(coords.accuracy))
    }, () => answer(form, "refused"), patience)
  }

  function answer(form, how, metres) {
    form.dataset.asked = how
    say(form, how, metres)
    if ("hurry" in form.dataset) form.requestSubmit()
  }

  function say(form, how, metres = "") {
    const says = $("[data-position-says]", form)
    says.textContent = says.dataset[how].replace("{metres}", metres)
  }
}
