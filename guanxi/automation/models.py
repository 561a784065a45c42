from guanxi.automation.approvals.models import (
    ApprovalProcess,
    ApprovalRemark,
    ApprovalRequest,
    Signature,
)
from guanxi.automation.assignment.models import Assignment, AssignmentPlan, AssignmentTurn
from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.scoring.models import Score, ScoreHit, ScoreModel
from guanxi.automation.today.models import Answer, Snooze
from guanxi.automation.workflows.models import (
    Holding,
    Prompt,
    Run,
    RunStep,
    Workflow,
    WorkflowBook,
    WorkflowVersion,
)

__all__ = [
    "Answer",
    "ApprovalProcess",
    "ApprovalRemark",
    "ApprovalRequest",
    "Assignment",
    "AssignmentPlan",
    "AssignmentTurn",
    "EmailTemplate",
    "Holding",
    "Prompt",
    "Run",
    "RunStep",
    "Score",
    "ScoreHit",
    "ScoreModel",
    "Signature",
    "Snooze",
    "Workflow",
    "WorkflowBook",
    "WorkflowVersion",
]
