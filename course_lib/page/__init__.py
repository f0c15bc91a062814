"""What a reader sees: ``drawing`` (SVG), ``plotting`` (Matplotlib), ``notebook`` (source, progress bars, tables).
And what outlasts the kernel: ``kept``."""
