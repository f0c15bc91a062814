"""The explorers of lesson 10."""

EXPLORERS = {}
