"""Formulas: one small typed language for computed fields, conditions and rules (docs/reference/formulas.md).

A formula has no loops, no assignments and no way out of itself: its size bounds its time.
"""

from guanxi.platform.metadata.formulas.checking import Checked, Kind, check_formula, kind_of_field
from guanxi.platform.metadata.formulas.language import FormulaError, parse_formula
from guanxi.platform.metadata.formulas.running import Given, Run, compile_formula

__all__ = [
    "Checked",
    "FormulaError",
    "Given",
    "Kind",
    "Run",
    "check_formula",
    "compile_formula",
    "kind_of_field",
    "parse_formula",
]
