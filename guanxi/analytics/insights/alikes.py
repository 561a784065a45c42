"""Look-alikes: of one record or of a saved view, who of those that are no customers yet is most like them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.analytics.insights.reading import customer_object, lay_sale, page_of, sale_of
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table, Todo
from guanxi.analytics.learning.likeness import known_rows, without_answers
from guanxi.analytics.learning.telling import column_words, third_words
from guanxi.analytics.mining.alikes import Alike, alike, weights_of
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.filters import All, parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.saved_views import views_of
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Option

SHOWN, ASKED, MOST, FEWEST = 25, 8, 500, 20


def run(ask: Ask) -> Study:
    """Among the records that the reader sees, by the fields that the reader sees."""
    sale = sale_of(ask)
    obj = registry.get(customer_object(sale))
    bought = {
        int(row[0])
        for row in lay_sale(sale, ask.by)
        .execute("SELECT DISTINCT customer FROM sale WHERE customer IS NOT NULL")
        .fetchall()
    }
    rows, _cuts = known_rows(obj.name, ask.by)
    rows, _answers = without_answers(rows, bought)
    chosen, whom = _chosen(ask, obj, bought & set(rows))
    weights = weights_of(rows, chosen)
    found = {key: alike(row, weights) for key, row in rows.items() if key not in bought and key not in chosen}
    best = sorted((key for key in found if found[key].points > 0), key=lambda key: -found[key].points)
    names = titles_of({(obj.name, key) for key in best[:SHOWN]}, by=ask.by)
    listed = [key for key in best[:SHOWN] if (obj.name, key) in names]
    headline = _("Nobody who is no customer yet is like %(whom)s") % {"whom": whom}
    if listed:
        words = {"title": names[obj.name, listed[0]].title, "whom": whom}
        headline = _("%(title)s is most like %(whom)s") % words
    trust = Trust(
        len(rows),
        ("what_is_common_need_not_be_why",),
        doubts(thin=len(rows) < FEWEST or not chosen, may_be_chance_at_all=len(chosen) < 6),
    )
    table = Table(
        f"{_('Look-alikes')} · {len(best)}",
        (Column(str(obj.label)), Column(_("Alike"), True), Column(_("Because"))),
        tuple(
            (
                Cell(names[obj.name, key].title, page_of(obj.name, key)),
                Cell(f"{found[key].points:.1f}", strong=True),
                Cell(_because(obj, found[key])),
            )
            for key in listed
        ),
    )
    return Study(
        headline=headline,
        trust=trust,
        counted=_("%(chosen)d compared with %(count)d") % {"chosen": len(chosen), "count": len(found)},
        tables=(table,),
        todos=_todos(tuple(listed), obj.name) if not trust.thin else (),
    )


def choices(ask: Ask) -> tuple[Choice, ...]:
    obj = registry.get(customer_object(sale_of(ask)))
    options = [Option("", _("All customers"))]
    options += [Option(one.key, one.label) for one in views_of(obj, by=ask.by) if one.filter]
    if read_whole(ask.chosen.get("record", "")):
        return ()
    return (Choice("view", _("Like whom"), tuple(options), ask.chosen.get("view", "")),)


def _chosen(ask: Ask, obj: Object, bought: set[int]) -> tuple[set[int], str]:
    """Whom to compare with, and what they are called; raises NotFound for what the reader does not see."""
    record = read_whole(ask.chosen.get("record", ""))
    if record:
        return {record}, str(find_record(obj, record, by=ask.by))
    asked = ask.chosen.get("view", "")
    if not asked:
        return bought, _("our customers")
    view = next((one for one in views_of(obj, by=ask.by) if one.key == asked), None)
    if view is None:
        raise NotFound(f"view {asked}")
    query = ListQuery(
        obj=as_seen(obj, ask.by),
        columns=(obj.title,),
        filter=parse_filter(view.filter) if view.filter else All(()),
        limit=MOST,
    )
    return {row.id for row in list_records(query, by=ask.by).rows}, view.label


def _because(obj: Object, one: Alike) -> str:
    return " · ".join(
        f"{column_words(obj, column)} {third_words(obj, column, word)}"
        for column, word, points in one.reasons
        if points > 0
    )


def _todos(ids: tuple[int, ...], target: str) -> tuple[Todo, ...]:
    if not ids:
        return ()
    label = ngettext(
        "Make a to-do for this one", "Make a to-do for each of these %(count)d", len(ids[:ASKED])
    )
    text = _("Is like our customers: find out what they need")
    return (
        Todo(label % {"count": len(ids[:ASKED])}, target, ids[:ASKED], text),
        Todo(_("Tag them and show them as a list"), target, ids, text, tag=_("Look-alike")),
    )


INSIGHT = Insight(
    name="alikes",
    label=gettext_lazy("Look-alikes"),
    icon="user-round-search",
    question=gettext_lazy("Who is no customer yet and is most like one, or like those of a view?"),
    data=gettext_lazy("What is known of every company, and who has bought."),
    formula=gettext_lazy(
        "For each word of each field: the logarithm of how many times as frequent it is among those compared "
        "with, summed; numbers count as thirds. Fields that you do not see count nothing."
    ),
    run=run,
    choices=choices,
    periods=(),
)
