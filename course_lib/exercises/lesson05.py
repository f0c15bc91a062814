"""The tasks of lesson 05."""

TASKS = []
