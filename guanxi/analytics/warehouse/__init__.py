"""The warehouse: every object of a workspace, with its history, as columnar files that many read at once.

It hears every fact (consumers.py) and reads no live table when it is asked: `reading.connect(actor)` opens
the files with the actor's rights already compiled into every table.

shape.py     which columns an object has there: the star schema, derived from the registry
records.py   the records of an object, read many at once → their rows
versions.py  a record and its facts → its rows, the present one and those of the past
store.py     files, the manifest that names the current ones, compaction
feeding.py   facts → files; the rebuild from the live tables
rights.py    the product's own access rule and field rights, in the words of the files
reading.py   the connection that everybody else uses
"""
