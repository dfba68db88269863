"""Search over channels and events, in memory: pure text logic over the contracts' records, no I/O.

The catalog answers HTTP with it and realtime answers Socket.IO, so both rank alike.
"""

from finder.index import Index
from finder.memory import Memory
from finder.text import fold, name_key, words

__all__ = ["Index", "Memory", "fold", "name_key", "words"]
