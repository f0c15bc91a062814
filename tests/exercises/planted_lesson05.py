"""Typical wrong answers to the tasks of lesson 05."""

PLANTED = {}
