"""What a reader sees: ``drawing`` (SVG), ``plotting`` and ``described`` (Matplotlib, and in words), ``running``
(long work that can be stopped), ``notebook`` (source, clock, tables)."""
