"""For those who make and teach the course: the build of the notebooks from their text sources."""
