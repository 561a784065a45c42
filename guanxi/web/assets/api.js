// The page to try the API: Swagger UI over the description of this workspace, with the member's own session.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js"

const place = document.getElementById("try-api")
const root = document.documentElement
const system = matchMedia("(prefers-color-scheme: dark)")

// Its night hangs from a class of the root, which goes when the page is left.
function dress() {
  const theme = root.dataset.theme
  const night = theme === "dark" || (theme !== "light" && system.matches)
  root.classList.toggle("dark-mode", night && place.isConnected)
}
dress()
system.addEventListener("change", dress)
document.addEventListener("htmx:afterSettle", dress)
SwaggerUI({
  domNode: place,
  url: place.dataset.url,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: request => {
    request.headers["X-CSRFToken"] = place.dataset.token
    return request
  },
})
