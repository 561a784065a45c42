"""Where views, lists and boards name a field."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from guanxi.platform.metadata.models import OwnObject
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.uses import UseOf, tells_uses
from guanxi.platform.records.filters import FilterSyntaxError, conditions_of, parse_filter
from guanxi.platform.records.models import Import, SavedView


@tells_uses
def named_by_views(obj: Object, name: str) -> Iterator[UseOf]:
    """Views whose filter, sort or columns name it; those of other members without their names."""
    private = 0
    for view in SavedView.objects.filter(object=obj.name).order_by("name"):
        if not _names(view, name):
            continue
        if view.member_id is None:
            yield UseOf(_("view"), view.name, f"/{obj.plural}/?view={view.pk}")
        else:
            private += 1
    if private:
        yield UseOf(_("views"), _("%(num)d of members’ own") % {"num": private})


@tells_uses
def named_by_objects(obj: Object, name: str) -> Iterator[UseOf]:
    """The object itself: its board, its columns."""
    own = OwnObject.objects.filter(name=obj.name).first()
    if own is not None and own.board == name:
        yield UseOf(_("board"), str(obj.label), f"/settings/objects/{obj.name}/?object")
    if name in obj.columns:
        yield UseOf(_("list"), str(obj.plural_label), f"/{obj.plural}/")


@tells_uses
def named_by_imports(obj: Object, name: str) -> Iterator[UseOf]:
    """Imports that are not done yet and bring it."""
    for job in Import.objects.filter(finished_at=None).order_by("-created_at")[:20]:
        files = list(job.files.all())
        if any(plan.object == obj.name and plan.goes_to(name) for plan in (one.file_plan for one in files)):
            yield UseOf(_("import"), job.name, f"/import/{job.pk}/")


def _names(view: SavedView, name: str) -> bool:
    if name in view.columns or name in {one.strip("-+ ") for one in view.sort.split(",")}:
        return True
    try:
        tree = parse_filter(view.filter)
    except FilterSyntaxError:
        return False
    return any(name in one.field.split(".") for one in conditions_of(tree))
