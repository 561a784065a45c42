"""What the warehouse can be asked: dimensions, measures, and a cube of them.

dimensions.py  by what can be grouped: fields, fields behind links, levels of dates and of the team tree
measures.py    what can be counted, summed, averaged … and the metrics that nouns declare
cubes.py       a cube as a value, with one form as text (the query of a URL)
scoping.py     names → columns of the actor's tables, with the joins that they need
conditions.py  the product's filter tree → the same tree of SQL
compiling.py   a cube → one SELECT, as a tree that sqlglot writes for any engine
answering.py   asks it and gives the figures back, with the words for rows and columns
"""
