"""Stories of being told: the inbox and the mail."""

from __future__ import annotations
