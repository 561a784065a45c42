from django.urls import path

from guanxi.platform.records.search.views import search_page

urlpatterns = [
    path("search/", search_page, name="search"),
]
