"""The first thirty chapters of a novel, as one long string."""

from course_lib.data.files import read_bytes


def load_text():
    """Moby-Dick, chapters 1 to 30, in plain ASCII: 263,019 characters, 77 different ones, one paragraph a line.

    Source: Melville (1851), public domain; see data/SOURCES.md.
    """
    import gzip
    return gzip.decompress(read_bytes("moby_dick.txt.gz")).decode("ascii")
