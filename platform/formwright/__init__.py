"""Formwright 表匠: forms, flows and rules that business people assemble themselves."""

__version__ = "0.1.0"
