"""Tasks of lesson 02."""

TASKS = []
