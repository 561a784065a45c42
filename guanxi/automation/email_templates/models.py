from __future__ import annotations

from django.db import models
from django.db.models import Q

from guanxi.platform.tenancy.models import WorkspaceModel


class EmailTemplate(WorkspaceModel):
    """A mail that is written once and sent often; changed only by the verbs in `actions.py`.

    name      one word: workflows, the API and text files say it
    object    the records whose fields it fills in
    used_for  the mail of the product itself that it stands in for ("send": of a quote); "" for none
    texts     {language: {"subject", "text"}}, at least one of the three
    """

    name = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    object = models.CharField(max_length=40)
    used_for = models.CharField(max_length=40, blank=True, default="")
    texts = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by_id = models.BigIntegerField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_email_template"
        constraints = (
            models.UniqueConstraint("workspace", "name", name="automation_email_template_name"),
            models.UniqueConstraint(
                "workspace",
                "object",
                "used_for",
                name="automation_email_template_use",
                condition=Q(archived_at=None) & ~Q(used_for=""),
            ),
        )

    def __str__(self) -> str:
        return self.title
