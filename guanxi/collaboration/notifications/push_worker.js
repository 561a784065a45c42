// Runs in the browser while no page of ours is open: shows what the push service brings, and opens what it is about.

self.addEventListener("push", event => {
  const { title, body, url, tag } = event.data.json()
  event.waitUntil(self.registration.showNotification(title, { body, tag, data: { url } }))
})

self.addEventListener("notificationclick", event => {
  event.notification.close()
  const { url } = event.notification.data
  if (new URL(url).origin === location.origin) event.waitUntil(self.clients.openWindow(url))
})
