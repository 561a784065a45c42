"""The timeline of a record: what happened to it and around it, and how much traffic there was.

Stands on activities and facts of every object; states no facts. Both tables are made from the log and
the activities and can be made again: `guanxi facts --replay timeline`.
"""
