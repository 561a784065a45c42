"""What a file of activities is a file of: notes, tasks, calls, as its name says and no column does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from guanxi.platform.metadata.fields import Choice, Option
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.importing.delimited import fold_header
from guanxi.platform.records.importing.guessing import ColumnProfile
from guanxi.platform.records.importing.plans import FilePlan

KIND = "kind"
TO_DO = "todo"
# How other products call their files; the labels of the kinds come on top.
_FILES: Mapping[str, tuple[str, ...]] = {
    "note": ("note", "备注", "備註", "跟进记录", "跟進記錄", "销售记录", "銷售記錄"),
    "call": ("call", "phone call", "电话", "電話"),
    "meeting": ("meeting", "event", "appointment", "日程", "行程"),
    "visit": ("外勤", "拜访", "拜訪"),
    "email": ("email", "mail"),
    TO_DO: ("task", "todo", "to do", "任务", "任務"),
}
_WRITTEN = (
    "created date", "created time", "created at", "created on", "create date", "add time", "date created",
    "date", "创建时间", "創建時間", "建立時間", "创建日期", "跟进时间", "日期",
)  # fmt: skip


def say_kind(obj: Object, plan: FilePlan, profiles: Sequence[ColumnProfile], name: str) -> None:
    """Give every row the kind that the file's name tells, where no column says it; and what has happened the
    day on which it was written down."""
    field = obj.fields_by_name.get(KIND) if obj.about else None
    if not isinstance(field, Choice) or plan.goes_to(KIND):
        return
    option = _told_by(name, field.options)
    if option is None:
        return
    plan.fixed[KIND] = str(option.label)
    if option.value == TO_DO and obj.due and not plan.goes_to(obj.due):
        for column in plan.goes_to(obj.starts):  # the "activity date" of a task is when it is due
            column.path = obj.due
    if option.value == TO_DO or not obj.done or plan.goes_to(obj.done) or plan.goes_to(obj.starts):
        return
    written = {fold_header(one) for one in _WRITTEN}
    for column, profile in zip(plan.columns, profiles, strict=True):
        if not column.path and profile.kind in ("date", "datetime") and fold_header(column.header) in written:
            column.path, column.reason, column.score = obj.done, "header", 0.8
            return


def _told_by(name: str, options: Sequence[Option]) -> Option | None:
    """The kind whose word is in the name of a file; of several the longest word decides."""
    file = fold_header(Path(name).stem)
    found = [
        (len(word), option)
        for option in options
        for said in (*_FILES.get(option.value, ()), *option.label.everywhere().values())
        if len(word := fold_header(said)) > 1 and word in file
    ]
    return max(found, key=lambda one: one[0])[1] if found else None
