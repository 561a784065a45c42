from guanxi.automation.approvals.models import (
    ApprovalProcess,
    ApprovalRemark,
    ApprovalRequest,
    Signature,
)
from guanxi.automation.today.models import Snooze
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
    "ApprovalProcess",
    "ApprovalRemark",
    "ApprovalRequest",
    "Holding",
    "Prompt",
    "Run",
    "RunStep",
    "Signature",
    "Snooze",
    "Workflow",
    "WorkflowBook",
    "WorkflowVersion",
]
