"""The terminal UI in a browser on this machine: a process for each visitor, an engine for all.

``textual-serve`` brings the terminal for the page and the protocol to the
visitor's process. The page, who may see it, and every file it loads are ours.
"""

from .serving import serve

__all__ = ["serve"]
