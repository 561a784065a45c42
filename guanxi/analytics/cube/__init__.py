"""The cube explorer: a table of figures by anything, which leads down to the records behind each of them."""
