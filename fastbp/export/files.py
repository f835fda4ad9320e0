"""Files that are there as a whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path


def write_whole(path: str | os.PathLike, content: bytes) -> None:
    """Write a file, under another name until all of it is written."""
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(unfinished, "xb") as file:
            file.write(content)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
