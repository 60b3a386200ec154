"""The rule language of Formwright: one text for computed fields, conditions, assignment, approval and deadlines."""

from __future__ import annotations

from .environment import Environment, infer
from .errors import EvaluationError, Finding, RuleError
from .parser import parse
from .ruleset import RuleSet, rule_set
from .tree import Tree
from .types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DEPARTMENT,
    DURATION,
    IDENTITY,
    MEMBER,
    NUMBER,
    PEOPLE,
    RANGE,
    ROLE,
    TEXT,
    TIME,
    Type,
    choice,
    list_of,
    record,
    rows,
)

__all__ = [
    "ANY",
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "DEPARTMENT",
    "DURATION",
    "IDENTITY",
    "MEMBER",
    "NUMBER",
    "PEOPLE",
    "RANGE",
    "ROLE",
    "TEXT",
    "TIME",
    "Environment",
    "EvaluationError",
    "Finding",
    "RuleError",
    "RuleSet",
    "Tree",
    "Type",
    "choice",
    "infer",
    "list_of",
    "parse",
    "record",
    "rows",
    "rule_set",
]
