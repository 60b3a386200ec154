"""Formwright 表匠: forms, flows and rules that business people assemble themselves."""

from __future__ import annotations

__version__ = "0.1.0"
