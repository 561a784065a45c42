"""Scores: how promising a record is, from 0 to 100, by rules with weights that everybody can read.

A score model belongs to one whole-number field of one object and writes its total there, so the score is a
field like any other. Read `recipe.py` first: it says what a rule may be; `weighing.py` does the sum.
"""
