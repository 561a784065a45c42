from django.urls import URLPattern, URLResolver, path

from guanxi.collaboration.reports import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("work_reports/day/", views.reports, name="reports_of_day"),
    path("work_reports/policy/", views.policy, name="report_policy"),
    path("work_reports/<int:work_report_id>/writing/", views.report, name="work_report"),
    path("work_reports/<int:work_report_id>/withdrawal/", views.withdraw, name="work_report_withdrawal"),
    path("work_reports/<int:work_report_id>/reading/", views.read, name="work_report_reading"),
]
