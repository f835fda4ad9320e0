"""Warnings that point at the caller's line, whatever stands between it and where they arise."""

import contextlib
import sys
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from types import FrameType

PACKAGE = __name__.partition(".")[0]
INSIDE = (PACKAGE, "numba")  # the compiler asks for machine code that was kept
RUNNERS = ("sklearn", "joblib", "dask", "distributed")  # who may fit for somebody else

Warned = list[tuple[str, type[Warning]]]
_collecting: ContextVar[Warned | None] = ContextVar("_collecting", default=None)


def _outside() -> Iterator[tuple[int, FrameType]]:
    """Yield the stack's frames above this package, Numba and scikit-learn's wrapper of `fit`."""
    frame: FrameType | None = sys._getframe(1)
    depth, outside = 0, False
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        wrapper = name == "sklearn.base" and frame.f_code.co_name == "wrapper"
        outside = outside or not (name.partition(".")[0] in INSIDE or wrapper)
        if outside:
            yield depth, frame
        frame, depth = frame.f_back, depth + 1


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of something; it points at the line outside the package that led here."""
    collecting = _collecting.get()
    if collecting is not None:
        collecting.append((message, category))
        return
    depth = next((depth for depth, _ in _outside()), 1)
    warnings.warn(message, category, stacklevel=depth)


@contextlib.contextmanager
def collected() -> Iterator[Warned]:
    """Keep what is warned of in the block: one training of several, maybe in another thread.

    Whoever trains them says what matters in the end: only there a line of the user's led here.
    """
    found: Warned = []
    token = _collecting.set(found)
    try:
        yield found
    finally:
        _collecting.reset(token)


def warn_of(found: Warned) -> None:
    """Warn of what was collected, of the same once."""
    for message, category in dict.fromkeys(found):
        warn(message, category)


def called_directly() -> bool:
    """Tell whether a person's own code called, and no search, validation or pool of workers."""
    return _collecting.get() is None and not any(
        frame.f_globals.get("__name__", "").partition(".")[0] in RUNNERS for _, frame in _outside()
    )
