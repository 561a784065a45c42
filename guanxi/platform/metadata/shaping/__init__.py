"""How a workspace shapes its product: verbs on its own objects and fields. For administrators only.

Nothing is deleted: what is archived is out of pages and API, its values stay where they are, and restoring
brings both back. A name is given once, because addresses, programs, filters and facts say it; labels change.
"""

from __future__ import annotations

from guanxi.platform.metadata.shaping.fields import (
    MOST_FIELDS,
    add_field,
    archive_field,
    change_field,
    fields_made,
    finds_alike,
    on_field_changed,
    order_fields,
    refuse_alike,
    restore_field,
    rewrites_values,
    state_retyped,
)
from guanxi.platform.metadata.shaping.made import (
    CHANGEABLE,
    CONDITIONS,
    METRIC_CHANGEABLE,
    OBJECT_CHANGEABLE,
    RULE_CHANGEABLE,
    find_made,
    may_shape,
    told,
)
from guanxi.platform.metadata.shaping.metrics import (
    add_metric,
    archive_metric,
    change_metric,
    examines_metric,
    metrics_made,
    restore_metric,
)
from guanxi.platform.metadata.shaping.objects import (
    GROUPS,
    add_object,
    archive_object,
    change_object,
    objects_made,
    restore_object,
)
from guanxi.platform.metadata.shaping.rules import (
    add_rule,
    archive_rule,
    change_rule,
    restore_rule,
    rules_made,
)

__all__ = [
    "CHANGEABLE",
    "CONDITIONS",
    "GROUPS",
    "METRIC_CHANGEABLE",
    "MOST_FIELDS",
    "OBJECT_CHANGEABLE",
    "RULE_CHANGEABLE",
    "add_field",
    "add_metric",
    "add_object",
    "add_rule",
    "archive_field",
    "archive_metric",
    "archive_object",
    "archive_rule",
    "change_field",
    "change_metric",
    "change_object",
    "change_rule",
    "examines_metric",
    "fields_made",
    "find_made",
    "finds_alike",
    "may_shape",
    "metrics_made",
    "objects_made",
    "on_field_changed",
    "order_fields",
    "refuse_alike",
    "restore_field",
    "restore_metric",
    "restore_object",
    "restore_rule",
    "rewrites_values",
    "rules_made",
    "state_retyped",
    "told",
]
