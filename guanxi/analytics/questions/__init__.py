"""A question in words → a cube that is seen and can be changed. Without a language model.

    won amount by team this quarter vs last year
    本季度各团队签约额同比
    各團隊 本季 成交額 前 5

grammar (in any order, in three languages, with whatever stands between them)

    question  = [ object ] measure { measure } { by } { value } [ period ] [ comparison ] [ "top" number ]
    measure   = a metric's name | "number of" | kind a number field | "different" a link
    by        = a field, or a field of what it links to, with a level: 行业, owner, closed on by quarter
    value     = the word for a choice of a field: 赢单, lost          (a filter)
    period    = today | this / last week, month, quarter, year
    comparison= 同比, vs last year | 环比, vs last month | vs last quarter
    filter    = "[" a filter as lists have it "]"

`vocabulary.py` has the words of an object for who asks, `reading.py` reads, `saying.py` says a cube in words
that read back as the same cube. Words that nobody knows are named, with the nearest that are known.

A model comes in by `use_reader`: it is asked first, and what it gives is a question in this grammar.
"""
