"""Tables from outside become records: a spreadsheet, a CSV of any encoding, an address book.

The stages, one module each; the wizard and `guanxi import` stand on the same ones:

    reading    a file → Table: rows of text, whatever the file was (delimited, workbook, vCard)
    guessing   a Table → ColumnProfile per column: what the content looks like, the order of dates
    matching   profiles + the fields of an object → which column goes where, and why
    values     a cell's text → a value of the field's type, or a CellProblem with a suggestion

Nothing here writes a record before everything was read and checked once.
"""
