"""Guards of the house rules: what the layout and the words of this repository promise."""

from __future__ import annotations
