"""Every section that a package may have: importing this module registers those of the floors above `schema`."""

from __future__ import annotations

from formwright.flow import section as flow_section
from formwright.schema import document
from formwright.schema.sections import Section, sections

__all__ = ["Section", "document", "flow_section", "sections"]
