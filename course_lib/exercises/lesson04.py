"""Tasks of lesson 04."""

TASKS = []
