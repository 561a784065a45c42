"""The calendar: meetings, calls and visits at their time, to-dos by theirs; a way to look at activities.

Stands on activities and has no tables and no facts of its own.
"""
