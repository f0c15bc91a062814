"""Typical wrong answers to the tasks of lesson 09."""

PLANTED = {}
