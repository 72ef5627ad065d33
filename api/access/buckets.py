"""How often somebody may do something: a bucket for each, which fills with time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

__all__ = ["TokenBuckets"]

MOST_BUCKETS: Final = 10_000
"""Beyond it the bucket that was not used for longest is forgotten, so that memory is bounded."""


class TokenBuckets:
    """Buckets of one size, in the memory of this process.

    Parameters
    ----------
    per_minute
        Tokens that each bucket holds, and that flow in within a minute.
    clock
        Seconds that only go up.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60.0
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take a token out of a bucket.

        Returns
        -------
        float
            0 if there was one, else how long until there is. [s]
        """
        with self._lock:
            now = self._clock()
            held, since = self._buckets.pop(name, (self._size, now))
            held = min(self._size, held + (now - since) * self._per_second)
            is_taken = held >= 1.0
            self._buckets[name] = (held - 1.0 if is_taken else held, now)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return 0.0 if is_taken else (1.0 - held) / self._per_second
