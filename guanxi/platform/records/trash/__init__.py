"""The trash: deleted records stay there with all that hangs on them, seen by no other door.

States <object>.deleted, .restored, and .emptied when one is gone for good.
"""
