"""An activity: a note, a call, a meeting, a visit, a message or a to-do, about any records.

Planned ones have a time or a due date and no `done_at`; done ones are traffic (往来) on the timelines of
what they are about. States activity.created, .changed, .done, .reopened, .archived, .restored.
"""
