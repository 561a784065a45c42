"""An attachment: a file that belongs to a record of any object.

Stands on files and records; whoever may see the record may read its files. States <object>.attached,
<object>.renamed, <object>.detached and <object>.reattached, facts of the record itself.
"""
