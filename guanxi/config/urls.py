"""Every address of the product, area by area."""

from django.urls import include, path

from guanxi.config.addresses import Tree

AREAS = [
    "guanxi.api",
    "guanxi.web",
    "guanxi.platform.identity",
    "guanxi.platform.files",
    "guanxi.automation",
    "guanxi.people",
    "guanxi.collaboration",
    "guanxi.sales",
    "guanxi.analytics",
    # last: /<plural>/ of any registered object
    "guanxi.platform.records",
]

urlpatterns = [Tree(path("", include(f"{area}.urls")) for area in AREAS)]

handler400 = "guanxi.web.faults.bad_request"
handler403 = "guanxi.web.faults.forbidden"
handler404 = "guanxi.web.faults.not_found"
handler500 = "guanxi.web.faults.server_error"
