"""What the package's functions are made of, as a digest: machine code of others is never used."""

import functools
import hashlib
import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any

PACKAGE = __name__.partition(".")[0]
_modules: list[str] = []


def note_modules() -> None:
    """Note what importing the package has imported: others, imported later, are in no kernel."""
    _modules[:] = sorted(name for name in sys.modules if name.partition(".")[0] == PACKAGE)


def described(code: CodeType) -> str:
    """Return what a code object does as text, the same in every process; not where it is from."""
    return "\n".join(_parts(code))


def _parts(code: CodeType) -> Iterator[str]:
    yield f"{code.co_code.hex()} {code.co_exceptiontable.hex()} {code.co_argcount}"
    yield f"{code.co_names} {code.co_varnames} {code.co_cellvars} {code.co_freevars}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)
        elif isinstance(constant, frozenset):  # strings have another order in every process
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)


@functools.cache
def source_digest() -> str:
    """Return a digest of the package: of its sources or, of modules that come without, their code.

    A kernel's own file doesn't tell what its machine code is made of, nor do times and sizes. The
    modules' loaders are asked, which know of folders, archives and frozen programs.
    """
    digest = hashlib.sha256()
    for name in _modules:
        spec: Any = sys.modules[name].__spec__
        loader = spec.loader
        source = loader.get_source(name) or described(loader.get_code(name))
        digest.update(f"{name}\0{source}\0".encode())
    return digest.hexdigest()[:16]
