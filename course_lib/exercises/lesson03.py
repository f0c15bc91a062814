"""Tasks of lesson 03."""

TASKS = []
