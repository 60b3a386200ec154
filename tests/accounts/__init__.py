"""Stories of the organisation: who is who, who may sign in, who works when."""

from __future__ import annotations
