"""The explorers of lesson 08."""

EXPLORERS = {}
