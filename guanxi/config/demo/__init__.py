"""The demo workspace: a believable firm in three languages with a year behind it.

Deterministic: the same day gives the same firm. Every name and sentence is our own; companies stand under
.example, numbers are made up. `cast.py` has who there is, `words.py` what they say, `story.py` what happened.
"""
