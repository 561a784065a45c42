"""Files as bytes: kept once for each content and workspace, recognised by what is in them, sent safely.

What a file is attached to, and who may therefore read it, is a matter of the rooms above: nothing here has an
address. See docs/decisions/0012-files.md.
"""
