"""A question in words → a cube that is seen and can be changed. Without a language model.

    won amount by team this quarter vs last year
    本季度各团队签约额同比
    各團隊 本季 成交額 前 5

grammar (in any order, in three languages, with whatever stands between them)

    question  = [ object ] measure { measure } { by } { value } [ period ] [ comparison ] [ "top" number ]
    measure   = a metric's name, or what else people call it | "number of" | kind a number field
              | "different" a link | conversion rate, average deal size, units sold: what the roles say
    by        = a field, or a field of what it links to, with a level: 行业, owner, closed on by quarter
              | by month, 每周, quarterly (the measure's date) | who, 谁, by member
    value     = the word for a choice of a field: 赢单, lost          (a filter) | a member, a team, "my"
              | a short text that stands in the records: 市政水务       | "without" a field
              | over 100,000, 大于 10 万: of the amount
    period    = today | this / last week, month, quarter, year | a year, 2026 年第三季度, Q3, March 2026
              | the last 30 days | next month | year to date | 上半年 | this fiscal year
    rank      = the most, 最多, the least: sorted by the first measure
    comparison= 同比, vs last year | 环比, vs last month | vs last quarter
    filter    = "[" a filter as lists have it "]"

`vocabulary.py` has the words of an object for who asks, `phrases.py` what no list of words holds,
`reading.py` reads, `saying.py` says a cube in words that read back as the same cube. Words that nobody knows
are named, with the nearest that are known.

A model comes in by `use_reader`: it is asked first, and what it gives is a question in this grammar.
"""
