"""Workflows: when something happens, and if it is so, then do this.

Read `recipe.py` first: what a workflow says. Then `matching.py` (which facts start which), `running.py` (how
a run goes on, whatever dies), `acts.py` (what steps do).
"""
