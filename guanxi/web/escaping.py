"""How templates show a value and call a function: in a page of a thousand of both that is a good part of it.

Jinja2 asks markupsafe for a Markup of each value. It is thrown away at once, because what is shown is only
joined; so templates of ours ask for the plain text. It asks each function several times whether it wants
to be handed the context; ours are plain functions and macros. It raises and catches an exception for each
argument of a macro that was left out, which are most of them. And it makes an object that stands for nothing
for each `{{ this if that }}`, where that is not so, in order to show it as nothing.
"""

from __future__ import annotations

from itertools import repeat
from types import FunctionType
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, _escape_inner  # type: ignore[attr-defined]
from markupsafe import escape as _escape


def escaped(value: Any) -> str:
    """A value as it stands in HTML; markup as it is."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    return _escape_inner(value) if kind is str else _escape(value)


class PlainMacro(Macro):
    """A macro of named arguments only, which are all that one of ours has."""

    def drawn(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Markup:
        """What it draws, as markup. Raises TypeError for an argument that it does not have."""
        given = [*args, *map(kwargs.pop, self.arguments[len(args) :], repeat(missing))]
        if self.caller and not self.explicit_caller:
            given.append(kwargs.pop("caller", None) or self._environment.undefined(name="caller"))
        if kwargs or len(args) > len(self.arguments):
            return Markup(super().__call__(*args, **kwargs))  # which says what is wrong with them
        return Markup(self._func(*given))


class Generator(CodeGenerator):
    """Python of a template, in which the words of this module stand for Jinja2's own."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline("from guanxi.web.escaping import PlainMacro, escaped")
        super().visit_Template(node, frame)

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        if not (macro_ref.accesses_kwargs or macro_ref.accesses_varargs):
            self.write("Plain")
        super().macro_def(macro_ref, frame)

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        for one in node.nodes:
            if isinstance(one, nodes.CondExpr) and one.expr2 is None:
                one.expr2 = nodes.Const("")
        super().visit_Output(node, frame)

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("escaped(")


class PlainContext(Context):
    """The context of a template, quick at calling what is plain."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = type(called)
        if kind is PlainMacro and self.eval_ctx.autoescape:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return called.drawn(args, kwargs)
        if kind is not FunctionType or "jinja_pass_arg" in called.__dict__:
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)
