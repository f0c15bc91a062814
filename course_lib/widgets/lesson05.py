"""The explorers of lesson 05."""

EXPLORERS = {}
