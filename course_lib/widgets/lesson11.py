"""Explorers of lesson 11: faces."""

EXPLORERS = {}
