"""Flows: definition, proof, engine, tasks, deadlines."""
