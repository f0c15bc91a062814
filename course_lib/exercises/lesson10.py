"""The tasks of lesson 10."""

TASKS = []
