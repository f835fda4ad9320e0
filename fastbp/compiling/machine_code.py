"""Machine code on disk, for the next process: one file per kernel and signature.

A file holds a digest of what follows, then, pickled, all that the machine code depends on, and the
machine code. Nothing is believed before the digest has been compared, which has nothing to do with
whom to trust (see `fastbp.compiling.folders`) but with disks that fill, fail or are cut off: what
is damaged is compiled again and replaced. Nothing is fatal either: what can't be kept is used.
"""

import hashlib
import pickle
import re
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Any

import llvmlite
import numba

from ..warned import warn
from .folders import UnsafeError, folders
from .numba_internals import (
    holds_addresses,
    options_of_code,
    pickled,
    processor,
    put_together,
    taken_apart,
)
from .sources import described, source_digest

MAGIC = b"fastbp machine code 1\n"
START = len(MAGIC) + hashlib.sha256().digest_size

_said: set[str] = set()
_lost: list[str] = []


def lost() -> str:
    """Return why machine code of this process could not be kept, or nothing."""
    return _lost[0] if _lost else ""


def give_up(reason: str, *, said: bool = False) -> None:
    """Note why machine code can't be kept, and warn of it if it hasn't been said."""
    _lost.append(reason)
    if not said:
        _say("lost", f"can't be kept, every process compiles for itself: {lost()}")


def _say(what: str, message: str) -> None:
    """Warn, once per process."""
    if what not in _said:
        _said.add(what)
        warn(f"machine code {message}")


def packed(value: Any) -> bytes:
    """Return the content of a file."""
    body = pickled(value)
    return MAGIC + hashlib.sha256(body).digest() + body


def unpacked(content: bytes) -> Any:
    """Return what was packed, if nothing has happened to it."""
    body = content[START:]
    if content[:START] != MAGIC + hashlib.sha256(body).digest():
        raise ValueError("it is damaged")
    return pickle.loads(body)


class MachineCode:
    """The machine code of one kernel on disk: what Numba's dispatcher takes for its cache.

    Parameters
    ----------
    function : function
        What is compiled.
    """

    def __init__(self, function: Callable) -> None:
        self.function = function
        self.enable()

    @property
    def cache_path(self) -> str:
        """Where machine code is looked for."""
        return ", ".join(str(folder.path) for folder in folders())

    def enable(self) -> None:
        """Read and write."""
        self.reads = self.writes = True

    def disable(self) -> None:
        """Neither read nor write."""
        self.reads = self.writes = False

    def flush(self) -> None:
        """Have everything compiled and written anew."""
        self.reads = False

    def key(self, signature: Any, codegen: Any) -> tuple:
        """Return all that machine code depends on."""
        function = self.function
        cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
        return (
            signature,
            processor(codegen),
            function.__module__,
            function.__qualname__,
            hashlib.sha256(described(function.__code__).encode()).hexdigest(),
            hashlib.sha256(pickled(cells)).hexdigest(),
            source_digest(),
            EXTENSION_SUFFIXES[0],  # of this Python
            numba.__version__,
            llvmlite.__version__,
            options_of_code(),
        )

    def file_name(self, key: tuple) -> str:
        """Return the name of the file for a key."""
        name = re.sub(r"\W", "_", self.function.__name__)
        return f"{name}-{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.kernel"

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return what has been compiled for a signature, or None."""
        target_context.refresh()
        key = self.key(signature, target_context.codegen())
        name = self.file_name(key)
        for folder in folders() if self.reads else ():
            try:
                kept, result = unpacked(folder.read(name))
                if kept == key:
                    return put_together(target_context, result)
            except OSError:
                pass  # nothing there, or nothing for us to read
            except UnsafeError as error:
                _say(str(error), f"is not used: {error}")
            except Exception as error:  # whatever damage, or libraries of other versions, lead to
                path = folder.path / name
                _say(str(path), f"in {path} is not used but replaced if possible: {error!r}")
        return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what has been compiled in the first folder that takes it."""
        if not self.writes or holds_addresses(result):  # of this process
            return
        key = self.key(signature, result.codegen)
        content = packed((key, taken_apart(result)))
        reasons = []
        for folder in folders():
            try:
                folder.write(self.file_name(key), content)
                return
            except OSError as error:
                reasons.append(f"{folder.path}: {error}")
            except UnsafeError as error:
                reasons.append(str(error))
        reason = "; ".join(reasons) or "there is no folder for it"
        give_up(reason, said=bool(reasons) and _said.issuperset(reasons))
