"""Typical wrong answers to the tasks of lesson 10."""

PLANTED = {}
