"""Functions of the product wrapped for a while, so that something is measured around them."""

from __future__ import annotations

import contextlib
import functools
import importlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["CallTimes", "wrapped"]

Function = Callable[..., Any]


@contextlib.contextmanager
def wrapped(place: str, wrap: Callable[[Function], Function]) -> Iterator[None]:
    """Put a wrapper around a function wherever the product has it; afterwards all is as before.

    Parameters
    ----------
    place
        ``module:function`` or ``module:Class.method``.
    wrap
        Makes the wrapper of the function.

    Raises
    ------
    AttributeError
        If there is no such function any more.
    """
    module_name, _, path = place.partition(":")
    module = importlib.import_module(module_name)
    owner_name, _, method = path.rpartition(".")
    owner = getattr(module, owner_name) if owner_name else module
    original = getattr(owner, method)
    new = functools.wraps(original)(wrap(original))
    holders: list[tuple[Any, str]] = [(owner, method)]
    if not owner_name:
        # A function imported by name lives in every module that did so.
        holders += [
            (other, key)
            for name, other in list(sys.modules.items())
            if name.partition(".")[0] in ("allocator", "models") and other is not module
            for key, value in list(vars(other).items())
            if value is original
        ]
    for holder, key in holders:
        setattr(holder, key, new)
    try:
        yield
    finally:
        for holder, key in holders:
            setattr(holder, key, original)


class CallTimes:
    """Seconds of the calls of a function, in order.

    Parameters
    ----------
    within
        Only calls made while a call of this other function runs count; None for all calls.
    """

    def __init__(self, within: CallTimes | None = None) -> None:
        self.seconds: list[float] = []
        self._within = within
        self._depth = 0

    @property
    def is_running(self) -> bool:
        """Whether a call is under way."""
        return self._depth > 0

    def around(self, function: Function) -> Function:
        """Return the function with a clock around it."""

        def timed(*arguments: Any, **named: Any) -> Any:
            counts = self._within is None or self._within.is_running
            self._depth += 1
            began = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self._depth -= 1
                if counts:
                    self.seconds.append(time.perf_counter() - began)

        return timed

    def as_dict(self) -> dict[str, float | int | None]:
        """Return number of calls, their sum and their median. [s]"""
        median = statistics.median(self.seconds) if self.seconds else None
        return {"calls": len(self.seconds), "seconds": sum(self.seconds), "median": median}
