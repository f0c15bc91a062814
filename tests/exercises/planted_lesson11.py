"""Typical wrong answers to the tasks of lesson 11."""

PLANTED = {}
