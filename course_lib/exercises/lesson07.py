"""The tasks of lesson 07."""

TASKS = []
