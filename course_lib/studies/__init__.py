"""Networks and trainings of single lessons, too long for a page and built from the library's parts alone.

``lecun1989`` (lesson 08), ``language`` (lesson 09), ``faces`` (lesson 11), ``commands`` (lesson 12); and what explorers
run: ``descents`` (lessons 01 and 05), ``digit_networks`` (00, 02, 04, 06, 08), ``surfaces`` (06), ``depth`` (07),
``recurrence`` (09), ``relaxation`` (10). ``landscape`` (06 and 07): is an end a minimum? ``optimizers`` and
``ten_rules`` (06). And ``diagnosis``, what exercise 07-9 asks about.
"""
