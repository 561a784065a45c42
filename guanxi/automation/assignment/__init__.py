"""Assignment: who gets what has no owner yet, by plans that everybody can read.

A plan says which records it is about, among whom it shares them out and how. Read `recipe.py` first;
`choosing.py` picks, `actions.py` gives.
"""
