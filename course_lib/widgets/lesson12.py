"""Explorers of lesson 12: voice commands."""

EXPLORERS = {}
