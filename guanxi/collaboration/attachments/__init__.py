"""An attachment: a file that belongs to a record of any object.

Stands on files and records; whoever may see the record may read its files. States <object>.attached,
<object>.renamed and <object>.detached, facts of the record itself.
"""
