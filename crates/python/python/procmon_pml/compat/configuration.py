"""Rules and fonts of configurations, with the interface of ``procmon_parser.configuration``."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Type, TypeVar

from .consts import Column, RuleAction, RuleRelation

__all__ = ["Column", "Font", "Rule", "RuleAction", "RuleRelation"]

_E = TypeVar("_E", bound=IntEnum)


def _member(enum: Type[_E], value: Any) -> _E:
    """Returns a member by its name, in any case, or by its value."""
    return enum[value.upper()] if isinstance(value, str) else enum(value)


class Rule:
    """A rule of a filter.

    >>> from procmon_pml.compat import Rule
    >>> Rule("Path", "ends_with", ".dll")
    Rule(Column.PATH, Relation.ENDS_WITH, ".dll", Action.INCLUDE)
    """

    def __init__(
        self,
        column: Any = Column.ARCHITECTURE,
        relation: Any = RuleRelation.IS,
        value: str = "64-bit",
        action: Any = RuleAction.INCLUDE,
    ) -> None:
        self.column: IntEnum = _member(Column, column)
        self.relation = _member(RuleRelation, relation)
        if not isinstance(value, str):
            raise TypeError("the value of a rule must be a string")
        self.value = value
        self.action = _member(RuleAction, action)

    def _key(self) -> tuple[IntEnum, RuleRelation, str, RuleAction]:
        return self.column, self.relation, self.value, self.action

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        column, relation = self.column.name.capitalize(), self.relation.name.lower()
        return f'If {column} {relation} "{self.value}", then {self.action.name.capitalize()}'

    def __repr__(self) -> str:
        column, relation, action = self.column.name, self.relation.name, self.action.name
        return f'Rule(Column.{column}, Relation.{relation}, "{self.value}", Action.{action})'


class Font:
    """A font, as Windows describes it (LOGFONTW)."""

    def __init__(
        self,
        height: int = 8,
        width: int = 0,
        escapement: int = 0,
        orientation: int = 0,
        weight: int = 0,
        italic: int = 0,
        underline: int = 0,
        strikeout: int = 0,
        char_set: int = 0,
        out_precision: int = 0,
        clip_precision: int = 0,
        quality: int = 0,
        pitch_and_family: int = 0,
        face_name: str = "MS Shell Dlg",
    ) -> None:
        self.height = height
        self.width = width
        self.escapement = escapement
        self.orientation = orientation
        self.weight = weight
        self.italic = italic
        self.underline = underline
        self.strikeout = strikeout
        self.char_set = char_set
        self.out_precision = out_precision
        self.clip_precision = clip_precision
        self.quality = quality
        self.pitch_and_family = pitch_and_family
        self.face_name = face_name
