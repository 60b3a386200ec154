"""Stories of durable work: it happens, once, also when somebody pulls the plug."""

from __future__ import annotations
