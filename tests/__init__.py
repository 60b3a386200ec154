"""The promises of Formwright, told as tests; the folders mirror the house."""

from __future__ import annotations
