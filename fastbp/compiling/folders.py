"""Folders that machine code is kept in: where they are, and which of them can be trusted.

Whoever may write there may run code as the user, since machine code is executed and what comes with
it is unpickled. So what could have been written by others than those who may do so anyway, by way
of the system or of the package, is neither read nor replaced.
"""

import contextlib
import os
import secrets
import stat
import sys
import time
from pathlib import Path
from typing import NamedTuple

from .numba_internals import option
from .sources import PACKAGE

PACKAGE_FOLDER = Path(__file__).parent.parent  # which doesn't exist in an archive
OURS = 0o755  # whatever the umask adds, nobody else may write; others may read


class UnsafeError(Exception):
    """Others may write here."""


def _check(path: Path, status: os.stat_result, *, sticky: bool = False) -> None:
    """Refuse what belongs to others, or what they may write."""
    if os.name != "posix":
        return
    owners = {0, os.geteuid()}
    if PACKAGE_FOLDER.exists():
        owners.add(PACKAGE_FOLDER.stat().st_uid)
    # In a folder like /tmp nobody replaces what others own; modes of links mean nothing.
    harmless = stat.S_ISLNK(status.st_mode) or (sticky and status.st_mode & stat.S_ISVTX)
    by_others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if status.st_uid not in owners or (by_others and not harmless):
        raise UnsafeError(
            f"others may write {path} (owner {status.st_uid}, mode "
            f"{stat.S_IMODE(status.st_mode):04o}) and so could run code as you; make it your own "
            f"and writable by nobody else (chown, chmod go-w), remove it, or set NUMBA_CACHE_DIR "
            f"to a folder that is"
        )


class Folder(NamedTuple):
    """A folder for machine code.

    Parameters
    ----------
    path : Path
        The folder, used by nothing else.
    above : tuple of Path
        Those above that must be trustworthy as well.
    """

    path: Path
    above: tuple[Path, ...] = ()

    def _check_one(self, path: Path) -> None:
        for status in (path.lstat(), path.stat()):  # of a link, and of what it leads to
            _check(path, status, sticky=path != self.path)

    def read(self, name: str) -> bytes:
        """Return what is in a file, if it can be trusted."""
        for path in (*self.above, self.path):
            self._check_one(path)
        path = self.path / name
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            _check(path, status)
            if not stat.S_ISREG(status.st_mode):
                raise UnsafeError(f"{path} is no file")
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """Create or replace a file: others see what was there, or all of what will be."""
        for path in (*self.above, self.path):
            os.makedirs(path, OURS, exist_ok=True)
            self._check_one(path)
        self._tidy()
        path = self.path / name
        temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            with open(temporary, "xb", opener=_open_for_us) as file:
                file.write(content)
            os.replace(temporary, path)
        except PermissionError:
            if not (os.name == "nt" and path.exists()):  # Windows: while others read what is there
                raise
        finally:
            temporary.unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Remove what processes have left behind that were killed while they wrote."""
        for path in self.path.glob(".*.tmp"):
            with contextlib.suppress(OSError):  # it may just have got its name
                if path.stat().st_mtime < time.time() - 3600:
                    path.unlink()


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # what is no file could block


def _open_for_us(path: str, flags: int) -> int:
    return os.open(path, flags, OURS & 0o666)


def folders() -> list[Folder]:
    """Return where machine code may be, in the order in which it is looked for and written.

    Where ``NUMBA_CACHE_DIR`` says; if it says nothing, beside the package and in the user's folder
    for caches.
    """
    if given := option("CACHE_DIR"):
        base = Path(given).absolute()
        return [Folder(base / PACKAGE, (base,))]
    user = _of_user()
    possible = {  # unless the package is in an archive, and the user without a home
        PACKAGE_FOLDER / "__pycache__" / "machine_code": PACKAGE_FOLDER.is_dir(),
        user / PACKAGE: user.is_absolute(),
    }
    found = [Folder(path) for path in possible if possible[path]]
    # A frozen program's own folder may be one that is removed when it ends.
    return found[::-1] if getattr(sys, "frozen", False) else found


def _of_user() -> Path:
    """Return the user's folder for caches, by the rules of the system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/AppData/Local"))
    if sys.platform == "darwin":
        return Path(os.path.expanduser("~/Library/Caches"))
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return given if given.is_absolute() else Path(os.path.expanduser("~/.cache"))
