"""Typical wrong answers to the tasks of lesson 08."""

PLANTED = {}
