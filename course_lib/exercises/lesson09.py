"""The tasks of lesson 09."""

TASKS = []
