"""Typical wrong answers to the tasks of lesson 12."""

PLANTED = {}
