"""Tasks of lesson 11: faces."""

TASKS = []
