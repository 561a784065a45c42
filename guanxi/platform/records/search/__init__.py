"""Search: any record by any shown text, in whatever script it is typed; fed by facts, kept to rights."""

from guanxi.platform.records.search.finding import Hit, find_records, matching
from guanxi.platform.records.search.store import finds_by, forget_all, index_records

__all__ = ["Hit", "find_records", "finds_by", "forget_all", "index_records", "matching"]
