"""How templates show a value and call a function: in a page of a thousand of both that is a good part of it.

Jinja2 asks markupsafe for a Markup of each value. It is thrown away at once, because what is shown is only
joined; so templates of ours ask for the plain text. And it asks each function several times whether it wants
to be handed the context; ours are plain functions and macros.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from markupsafe import Markup, _escape_inner  # type: ignore[attr-defined]
from markupsafe import escape as _escape


def escaped(value: Any) -> str:
    """A value as it stands in HTML; markup as it is."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    return _escape_inner(value) if kind is str else _escape(value)


class Generator(CodeGenerator):
    """Python of a template, in which `escaped` stands for Jinja2's own `escape`."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline("from guanxi.web.escaping import escaped")
        super().visit_Template(node, frame)

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
        if type(called) is Macro:
            args = (self.eval_ctx, *args)
        elif type(called) is not FunctionType or "jinja_pass_arg" in called.__dict__:
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)
