"""Telling people: inbox, mail."""
