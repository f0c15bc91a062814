"""The explorers of lesson 06."""

EXPLORERS = {}
