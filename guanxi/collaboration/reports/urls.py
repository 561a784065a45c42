from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.reports import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("work-reports/", views.reports, name="work_reports"),
    path("work-reports/policy/", views.policy, name="report_policy"),
    path("work-reports/<int:report_id>/", views.report, name="work_report"),
    path("work-reports/<int:report_id>/withdrawal/", views.withdraw, name="work_report_withdrawal"),
    path("work-reports/<int:report_id>/reading/", views.read, name="work_report_reading"),
]
