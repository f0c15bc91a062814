"""The explorers of lesson 09."""

EXPLORERS = {}
