"""An activity: a note, call, meeting, visit, email or message that happened, or one that is planned; a to-do.

Stands on the records that it is about, whatever they are. States activity.created, .changed, .done,
.reopened, .assigned, .archived, .restored, and .reminded when the time of its reminder has come.
"""
