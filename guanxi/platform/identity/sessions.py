"""Sessions in the database that know whose they are, so that a person can see and end them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from guanxi.platform.identity.models import Session
from guanxi.platform.tenancy.prepared import Prepared

# What the session remembers besides Django's own.
WORKSPACE = "workspace"  # id of the workspace that is worked in
ADDRESS, AGENT, STARTED = "address", "agent", "started"  # where and when somebody signed in
SEEN = "seen"  # the quarter of an hour (since 1970) in which the session was last written
KEPT = "kept"  # a form that came after the session had ended


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """Django's own, without building its query anew for each request."""
        found = _SESSION.first(key_text=self.session_key) if self.session_key else None
        if found is None or found.expire_date <= timezone.now():
            self._session_key = None
            return None
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)  # get_model_class says so
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.address = data.get(ADDRESS, "")
        row.agent = data.get(AGENT, "")
        row.started_at = data.get(STARTED)
        return row


_SESSION: Prepared[Session] = Prepared(
    lambda key_text: Session.objects.filter(session_key=key_text), ("key_text",)
)
