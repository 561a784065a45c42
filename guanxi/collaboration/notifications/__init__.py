"""A notification tells one member of something that happened, and of nothing that they may not see.

Nobody calls this noun: it listens to facts. A notification names a record, never what is in it; the title is
read through the access rule each time it is shown.
"""
