from django.urls import include, path

from guanxi.web.tests.stage import views

urlpatterns = [
    path("people/", views.people),
    path("people/bulk/", views.bulk),
    path("people/<int:key>/", views.person),
    path("people/<int:key>/peek/", views.peek),
    path("people/<int:key>/fields/step/", views.step),
    path("board/", views.board),
    path("board/<str:key>/move/", views.move),
    path("today/", views.today),
    path("today/<str:key>/more/", views.more),
    path("today/<str:key>/done/", views.done),
    path("notes/", views.notes),
    path("figures/", views.figures),
    path("owners/", views.owners),
    path("search/", views.search),
    path("undo/", views.undo),
    path("", include("guanxi.web.urls")),
]
