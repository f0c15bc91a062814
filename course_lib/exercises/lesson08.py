"""The tasks of lesson 08."""

TASKS = []
