"""Typical wrong answers to the tasks of lesson 07."""

PLANTED = {}
