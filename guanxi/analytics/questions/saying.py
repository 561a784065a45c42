"""A cube in words that read back as the same cube."""

from __future__ import annotations

from guanxi.analytics.questions.reading import read_question
from guanxi.analytics.questions.vocabulary import ACROSS, TOP, Term, said_of
from guanxi.analytics.semantic.cubes import Cube
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry


def say_cube(cube: Cube, by: Actor, language: str) -> str | None:
    """The question whose cube this is; None for what the grammar has no words for."""
    said = _said(cube, by, language)
    return said if said is not None and read_question(said, by).cube == cube else None


def _said(cube: Cube, by: Actor, language: str) -> str | None:
    words = said_of(registry.get(cube.object), by, language)
    said: list[str] = []
    try:
        said.append(words[Term("object", cube.object)])
        said += [words[Term("measure", one)] for one in cube.measures or ("count",)]
        said += [words[Term("by", one)] for one in cube.rows]
        if cube.columns:
            said += [ACROSS.in_(language), *(words[Term("by", one)] for one in cube.columns)]
        if cube.compare:
            said.append(words[Term("compare", cube.compare)])
    except KeyError:
        return None
    if cube.top:
        said.append(f"{TOP.in_(language)} {cube.top}")
    if cube.filter:
        said.append(f"[{cube.filter}]")
    return "; ".join(said)
