"""Tasks of lesson 01."""

TASKS = []
