// The button that lets this browser take messages: asks for leave, subscribes, and sends what the browser answers.
// Fetched when a page has it (list.js).

export function start({ $, on, whenDrawn }) {
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window

  whenDrawn(root => {
    const form = $("[data-push]", root)
    if (form && able) form.hidden = false
  })

  on("submit", "[data-push]", async (event, form) => {
    if (form.elements.endpoint.value) return
    event.preventDefault()
    event.stopImmediatePropagation()
    const note = $("[data-push-refused]", form)
    try {
      if ((await Notification.requestPermission()) !== "granted") throw new Error("refused")
      const worker = await navigator.serviceWorker.register("/push-worker.js")
      await navigator.serviceWorker.ready
      const wanted = { userVisibleOnly: true, applicationServerKey: form.dataset.push }
      const { endpoint, keys } = (await worker.pushManager.subscribe(wanted)).toJSON()
      Object.assign(form.elements.endpoint, { value: endpoint })
      Object.assign(form.elements.key, { value: keys.p256dh })
      Object.assign(form.elements.auth, { value: keys.auth })
      form.requestSubmit()
    } catch {
      note.hidden = false
    }
  })
}
