from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.clashes import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("clashes/", pages.clashes, name="clashes"),
    path("clashes/new/", pages.new, name="new_clash"),
    path("clashes/policy/", pages.policy, name="clash_policy"),
    path("clashes/<int:clash_id>/", pages.one, name="clash"),
    path("clashes/<int:clash_id>/withdrawal/", pages.withdraw),
]
