"""The explorers of lesson 07."""

EXPLORERS = {}
