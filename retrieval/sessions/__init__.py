"""Conversations that stay: crash-safe, private to the user, in one SQLite file.

Every turn is on disk before ``append`` returns. Threads and processes may share
the file; nothing outside this room knows how it is kept.
"""

from .records import Mark, Pin, Session, SessionInfo, Turn
from .sessions import Sessions

__all__ = ["Mark", "Pin", "Session", "SessionInfo", "Sessions", "Turn"]
