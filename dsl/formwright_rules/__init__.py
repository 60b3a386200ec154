"""The rule language of Formwright: one text for computed fields, conditions, assignment, approval and deadlines."""

from __future__ import annotations

from .check import Checked, check
from .complete import Completion, complete
from .context import Context, PlainContext, PlainRecords
from .environment import Environment, infer
from .errors import EvaluationError, Finding, RuleError
from .explain import Explanation, Step, explain
from .format import format
from .parser import parse
from .reading import reads
from .ruleset import RuleSet, rule_set
from .targets.python import compile_python
from .targets.results import Assignment, DeadlineAct, DeadlinePlan, Decision
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
from .values import Duration
from .workcalendar import PlainCalendar

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
    "Assignment",
    "Checked",
    "Completion",
    "Context",
    "DeadlineAct",
    "DeadlinePlan",
    "Decision",
    "Duration",
    "Environment",
    "EvaluationError",
    "Explanation",
    "Finding",
    "PlainCalendar",
    "PlainContext",
    "PlainRecords",
    "RuleError",
    "RuleSet",
    "Step",
    "Tree",
    "Type",
    "check",
    "choice",
    "compile_python",
    "complete",
    "explain",
    "format",
    "infer",
    "list_of",
    "parse",
    "reads",
    "record",
    "rows",
    "rule_set",
]
