"""People who sign in, and what they are in each workspace.

A User is one person in the whole installation; a Member is that person in one workspace, with a team and a
role there. Records are owned by members, never by users.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from guanxi.platform.identity.permissions import SYSTEM_ROLES, validate_grants
from guanxi.platform.tenancy.fields import KeyField
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace, WorkspaceModel


class UserManager(BaseUserManager["User"]):
    """Finds people by email, in whatever case it was typed."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=fold_email(username or ""))


class User(AbstractBaseUser):
    """A person who can sign in; knows no workspace.

    Empty `language` and `timezone` mean: those of the workspace that is worked in.
    """

    class Theme(models.TextChoices):
        SYSTEM = "system"
        LIGHT = "light"
        DARK = "dark"

    class Density(models.TextChoices):
        COMPACT = "compact"
        NORMAL = "normal"
        RELAXED = "relaxed"

    id = KeyField()
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150)
    is_operator = models.BooleanField(default=False, help_text="may look after the whole installation")
    language = models.CharField(max_length=10, blank=True, default="")
    timezone = models.CharField(max_length=64, blank=True, default="")
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    density = models.CharField(max_length=7, choices=Density.choices, default=Density.NORMAL)
    shortcuts = models.JSONField(default=dict, blank=True, help_text="command → keys that replace its own")
    single_keys = models.BooleanField(
        default=True, help_text="whether single letters are shortcuts (WCAG 2.1.4)"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        db_table = "identity_user"
        constraints = [
            # One spelling, so that the unique key holds whatever case was typed.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="identity_user_email")
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = fold_email(self.email)
        super().save(*args, **kwargs)

    @property  # Django declares an attribute that is always true
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether this person may sign in anywhere at all."""
        return self.deactivated_at is None


def fold_email(typed: str) -> str:
    """The one spelling under which an email is kept and looked for."""
    return typed.strip().lower()


class SessionManager(BaseSessionManager["Session"]):
    """Django's, under our model."""


class Session(AbstractBaseSession):
    """A browser in which somebody is signed in; the columns let that person see and end it."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    address = models.CharField(max_length=45, blank=True, default="")
    agent = models.CharField(max_length=300, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[SessionManager] = SessionManager()

    class Meta:
        db_table = "identity_session"

    @classmethod
    def get_session_store_class(cls) -> Any:
        from guanxi.platform.identity.sessions import SessionStore

        return SessionStore


class SignInTries(models.Model):
    """How often an account, or an address, failed to sign in since `since`; shared by all processes."""

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()

    class Meta:
        db_table = "identity_sign_in_tries"

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class Team(WorkspaceModel):
    """A node of the workspace's tree of teams.

    `path` holds the ids from the top down to this team ("/1/7/"), so that a subtree is a prefix.
    `head_id` is the member who leads it: what their role grants reaches its rows and those of teams below.
    """

    MAX_DEPTH = 12

    name = models.CharField(max_length=100)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", db_index=False
    )
    path = models.CharField(max_length=20 * MAX_DEPTH + 1, editable=False)
    head_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "identity_team"
        indexes = [
            models.Index(fields=["workspace", "path"], name="identity_team_path"),
            models.Index(fields=["workspace", "parent"], name="identity_team_parent"),
        ]
        constraints = [
            models.UniqueConstraint("workspace", "parent", Lower("name"), name="identity_team_name"),
            models.UniqueConstraint(
                "workspace", Lower("name"), condition=models.Q(parent=None), name="identity_team_top_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """0 for a team at the top."""
        return self.path.count("/") - 2


class Role(WorkspaceModel):
    """What members may do: per object verbs, and how far seeing and editing reach.

    `grants` is {object or "*": {"verbs": [...], "see": reach, "edit": reach}}. `version` changes with every
    save, so that what was read from `grants` can be kept in memory under (id, version).
    """

    name = models.CharField(max_length=100, blank=True)
    system = models.CharField(
        max_length=20, blank=True, default="", help_text="a role that Guanxi brings, named in each language"
    )
    grants = models.JSONField(default=dict, validators=[validate_grants])
    administers = models.BooleanField(default=False, help_text="members, roles and settings of the workspace")
    shipped = models.JSONField(
        null=True,
        editable=False,
        help_text="what Guanxi granted it at the last release: what differs is the workspace's own",
    )
    version = models.BigIntegerField(default=new_key, editable=False)
    views = models.JSONField(
        default=dict, blank=True, help_text='how lists open for its members: {"first": {object: view}}'
    )

    class Meta:
        db_table = "identity_role"
        constraints = [
            models.UniqueConstraint(
                "workspace",
                Lower("name"),
                condition=~models.Q(name=""),
                name="identity_role_name",
            ),
            models.UniqueConstraint(
                fields=["workspace", "system"], condition=~models.Q(system=""), name="identity_role_system"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        validate_grants(self.grants)
        self.version = new_key()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "version"}
        super().save(*args, **kwargs)

    @property
    def label(self) -> str:
        """The name the workspace gave it, or Guanxi's own in the reader's language."""
        return self.name or str(SYSTEM_ROLES[self.system].label)

    @property
    def note(self) -> str:
        """What one of Guanxi's own roles is for; "" for others."""
        return str(SYSTEM_ROLES[self.system].note) if self.system else ""

    @property
    def is_locked(self) -> bool:
        """The administrator's role is whole by definition: nobody can lock the workspace out of itself."""
        return self.system == "administrator"


class Member(WorkspaceModel):
    """A user in one workspace. Members who leave stay as rows: records and facts name them."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="members", db_index=False
    )
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="members", db_index=False)
    name = models.CharField(max_length=150, blank=True, help_text="instead of the user's name, here only")
    title = models.CharField(max_length=100, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    views = models.JSONField(
        default=dict,
        blank=True,
        help_text='how lists open: {"first": {object: view}, "pins": [{object, view, label, layout}]}',
    )
    seen_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="to a quarter of an hour")
    away_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when the visit before this one ended"
    )

    class Meta:
        db_table = "identity_member"
        indexes = [
            models.Index(fields=["workspace", "team"], name="identity_member_team"),
            models.Index(fields=["workspace", "role"], name="identity_member_role"),
        ]
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="identity_member_user")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or self.user.name or self.user.email


class Delegation(WorkspaceModel):
    """For a time, one member may act with the reach of another: a holiday, an illness."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    delegate = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "identity_delegation"
        indexes = [
            models.Index(fields=["workspace", "delegate", "ends_at"], name="identity_delegation_delegate"),
            models.Index(fields=["workspace", "member", "ends_at"], name="identity_delegation_member"),
        ]

    def __str__(self) -> str:
        return f"{self.delegate_id} for {self.member_id}"

    @property
    def state(self) -> str:
        """One of planned, running, over."""
        now = timezone.now()
        if self.ended_at is not None or self.ends_at <= now:
            return "over"
        return "planned" if self.starts_at > now else "running"


class WorkingHours(WorkspaceModel):
    """When a member works, or who is in a team; the whole workspace where neither is named.

    `week` is seven lists of [from, to] ("09:00", "18:00"; "24:00" ends a day), Monday first; see hours.py.
    """

    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    week = models.JSONField(default=list)

    class Meta(WorkspaceModel.Meta):
        db_table = "identity_working_hours"
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "team"], condition=models.Q(member=None), name="identity_hours_team"
            ),
            models.UniqueConstraint(
                fields=["workspace", "member"], condition=models.Q(team=None), name="identity_hours_member"
            ),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(team=None, member=None),
                name="identity_hours_workspace",
            ),
            models.CheckConstraint(
                condition=models.Q(team=None) | models.Q(member=None), name="identity_hours_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"hours of {self.member_id or self.team_id or self.workspace_id}"


class Invitation(WorkspaceModel):
    """A link by which one person may become a member. Only the hash of its secret is kept."""

    portable: ClassVar[bool] = False

    email = models.EmailField(max_length=254)
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+", db_index=False)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    invited_by = models.ForeignKey(
        Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "identity_invitation"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "hash"], name="identity_invitation_hash"),
            models.UniqueConstraint(
                fields=["workspace", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="identity_invitation_open",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()


class Token(WorkspaceModel):
    """A key with which a program works as a member, within scopes. Only the hash of its secret is kept."""

    portable: ClassVar[bool] = False

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens", db_index=False)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, help_text="first letters of the secret, to tell tokens apart")
    hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list, help_text='["contact:read", "*:write"]')
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "identity_token"
        indexes = [models.Index(fields=["workspace", "member"], name="identity_token_member")]
        constraints = [models.UniqueConstraint(fields=["workspace", "hash"], name="identity_token_hash")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())


__all__ = [
    "Delegation",
    "Invitation",
    "Member",
    "Role",
    "Session",
    "SignInTries",
    "Team",
    "Token",
    "User",
    "WorkingHours",
    "Workspace",
]
