"""Networks and trainings of single lessons, too long for a page and built from the library's parts alone.

``lecun1989`` (lesson 08), ``language`` (lesson 09), ``faces`` (lesson 11), ``commands`` (lesson 12).
"""
