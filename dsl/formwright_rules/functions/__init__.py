"""The catalogue of rule functions: importing this package registers them all."""

from __future__ import annotations

from . import dates, lists, logic, numbers, people, records, text
from .base import Evaluation, Function, Nothing, TooLarge, function, functions

__all__ = [
    "Evaluation",
    "Function",
    "Nothing",
    "TooLarge",
    "dates",
    "function",
    "functions",
    "lists",
    "logic",
    "numbers",
    "people",
    "records",
    "text",
]
