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

__all__ = ["Holding", "Prompt", "Run", "RunStep", "Snooze", "Workflow", "WorkflowBook", "WorkflowVersion"]
