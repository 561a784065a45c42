"""Names of members and teams in filters: `owner.name contains Lin`, `team.name = East`.

Members and teams are no objects of the registry. Their names may be asked for because everybody in a
workspace reads them anyway: they stand at every record.
"""

from __future__ import annotations

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.fields import Field, Link, Text

_NAME = Text(name="name", label=L("Name", "姓名", "姓名"))
_TEAM_NAME = Text(name="name", label=L("Name", "名称", "名稱"))

# What a link leads to → the rows `named` (id and name, as the workspace calls them) among which is looked.
NAMES = {
    "member": (
        "(SELECT m.id, COALESCE(NULLIF(m.name, ''), NULLIF(u.name, ''), u.email) AS name"
        " FROM identity_member m JOIN identity_user u ON u.id = m.user_id WHERE m.workspace_id = %s) named"
    ),
    "team": "(SELECT t.id, t.name FROM identity_team t WHERE t.workspace_id = %s) named",
}


def named_field(found: Field, rest: str) -> Text | None:
    """The field that `owner.name` ends at, or None where the link leads to records."""
    if not isinstance(found, Link) or rest != "name" or found.to not in NAMES:
        return None
    return _TEAM_NAME if found.to == "team" else _NAME
