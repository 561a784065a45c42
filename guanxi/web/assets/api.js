// The page to try the API: Swagger UI over the description of this workspace, with the member's own session.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js"

const place = document.getElementById("try-api")
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
