"""Explorers: interactive figures, one module a lesson. Import them from ``course_lib.widgets.lesson01`` and so on."""

from course_lib.widgets.base import Explorer, choice, file_upload, play, slider, text_field, ticks, toggle

__all__ = ["Explorer", "choice", "file_upload", "play", "slider", "text_field", "ticks", "toggle"]
