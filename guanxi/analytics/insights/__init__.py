"""Insights: the analyses that have a name. Each module is one: its question, its figures, its formula, its
page.

They read the warehouse by the actor's rights (`warehouse.reading`), compute with `mining`, and know the
business only by the roles that nouns declare (`analytics.roles`). A study says how many cases it stands on
and when not to trust it, and ends in something to do."""
