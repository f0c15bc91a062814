"""Tasks of lesson 12: voice commands."""

TASKS = []
