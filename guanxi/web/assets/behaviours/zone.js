// A form that asks for a time zone ([data-own-zone]) begins with that of the browser: the server could only guess
// by the language. Where the form does not offer it, the guess stays.
// Fetched when a page has one (list.js).

export function start({ $ }) {
  const asked = $("[data-own-zone]")
  const own = asked && Intl.DateTimeFormat().resolvedOptions().timeZone
  if (own && [...asked.options].some(one => one.value === own)) asked.value = own
}
