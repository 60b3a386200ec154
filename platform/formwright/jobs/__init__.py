"""Durable work: what must happen later or after the commit, kept in the product's own database."""
