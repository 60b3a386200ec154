"""Validate, compute, permit, query and write records: the one writing path."""
