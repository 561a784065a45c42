"""Learned models: things of a workspace, trained on its past, that write what they say into its records.

A model belongs to one object and writes fields that nobody else writes (a chance, its class, the version that
said so), so what was learned is a field like any other: in lists, filters, views, Today, workflows, exports
and the API. Read `kinds.py` first: it says which models there are; `training.py` makes versions of them,
`keeping.py` writes, `watching.py` looks whether the world is still the one that was learned from.
"""
