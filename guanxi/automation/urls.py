from django.urls import path

from guanxi.automation.approvals import views as approvals
from guanxi.automation.assignment import views as assignment
from guanxi.automation.email_templates import views as email_templates
from guanxi.automation.scoring import views as scores
from guanxi.automation.today import views
from guanxi.automation.workflows import views as workflows

ROW = "today/<slug:rule>/<slug:object>/<int:record_id>"

urlpatterns = [
    path("", views.start, name="start"),
    path("today/", views.today, name="today"),
    path("today/why/", views.why, name="why"),
    path("today/why/forget/", views.forget_learned),
    path("today/left-alone/", views.board, name="left-alone"),
    path(f"{ROW}/not-needed/", views.wave),
    path(f"{ROW}/hand-over/", views.hand),
    path(f"{ROW}/more/", views.more),
    path(f"{ROW}/done/", views.done),
    path(f"{ROW}/later/", views.later),
    path(f"{ROW}/wake/", views.wake),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<int:request_id>/", approvals.approval, name="approval"),
    path("approvals/ask/<object:obj>/<int:record_id>/", approvals.ask),
    path("settings/approvals/", approvals.processes, name="approval_processes"),
    path("settings/approvals/<int:process_id>/", approvals.process),
    path("settings/approvals/<int:process_id>/text/", approvals.text),
    path("settings/approvals/<int:process_id>/condition/<str:edit>/", approvals.condition),
    path("automations/", workflows.workflows, name="workflows"),
    path("automations/new/", workflows.new),
    path("automations/runs/<int:run_id>/", workflows.run),
    path("automations/press/<object:obj>/<int:record_id>/<int:workflow_id>/", workflows.press),
    path("automations/<int:workflow_id>/", workflows.workflow),
    path("automations/<int:workflow_id>/dry-run/", workflows.dry),
    path("automations/<int:workflow_id>/runs/", workflows.runs),
    path("automations/<int:workflow_id>/versions/", workflows.versions),
    path("automations/<int:workflow_id>/text/", workflows.text),
    path("automations/<int:workflow_id>/condition/<str:edit>/<slug:kind>/", workflows.condition),
    path("hooks/<slug:secret>/", workflows.hook),
    path("settings/assignment/", assignment.plans, name="assignment"),
    path("settings/assignment/<int:plan_id>/", assignment.plan),
    path("settings/assignment/<int:plan_id>/text/", assignment.text),
    path("settings/assignment/<int:plan_id>/condition/<slug:part>/", assignment.condition),
    path("settings/email-templates/", email_templates.templates, name="email_templates"),
    path("settings/email-templates/<int:template_id>/", email_templates.template),
    path("settings/scores/", scores.scores, name="scores"),
    path("settings/scores/<int:model_id>/", scores.score),
    path("settings/scores/<int:model_id>/dry-run/", scores.dry),
    path("settings/scores/<int:model_id>/text/", scores.text),
    path("settings/scores/<int:model_id>/condition/<slug:edit>/", scores.condition),
]
