"""Archives, stripped sources, read-only installations: machine code is kept, found, never stale."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from installed import archived, copied, run, stripped

COMPILED, FOUND = [14, 0, 1, []], [14, 1, 0, []]


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def kept(folder):
    return [path.name for path in folder.rglob("*.kernel")]


def test_in_an_archive(site, home):
    archive = archived(site)
    assert run(archive, home) == COMPILED and run(archive, home) == FOUND
    assert len(kept(home / ".cache" / "fastbp")) == 1
    assert list(site.iterdir()) == [archive]


def test_stripped_of_its_sources(site, home):
    package = stripped(site)
    assert run(site, home) == COMPILED and run(site, home) == FOUND
    assert len(kept(package / "__pycache__")) == 1 and not kept(home)


def test_another_version_stripped_of_its_sources(site, home):
    cache = {"NUMBA_CACHE_DIR": str(home / "cache")}
    stripped(site)
    assert run(site, home, **cache) == COMPILED
    shutil.rmtree(site / "fastbp")
    stripped(site, ("kernels/layers.py", "dot = dot + load(memory.w", "dot = dot - load(memory.w"))
    assert run(site, home, **cache) == COMPILED and run(site, home, **cache) == FOUND
    assert len(kept(home / "cache" / "fastbp")) == 2


@pytest.fixture
def open_to_all():
    """Return a folder that other users can reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="fastbp-elsewhere-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="users and modes are POSIX's")
def test_warmed_by_one_user_and_read_only_for_another(open_to_all):
    """As in an image that root has built: nobody has a home, and nothing can be written."""
    package = copied(open_to_all / "site")
    assert run(package.parent, open_to_all) == COMPILED
    files = sorted(open_to_all.rglob("*"))
    if os.geteuid() == 0:  # whom modes don't bind
        as_another = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    else:
        as_another = ""
        for path in [open_to_all, *files]:
            path.chmod(path.stat().st_mode & ~0o222)
    assert run(package.parent, open_to_all, as_another) == FOUND

    file = next(package.rglob("*.kernel"))
    file.parent.chmod(0o755)
    file.unlink()
    file.parent.chmod(0o555)
    value, hits, misses, (message,) = run(package.parent, open_to_all, as_another)
    assert (value, hits, misses) == (14, 0, 1) and "can't be kept" in message
    assert str(file.parent) in message and str(open_to_all / ".cache" / "fastbp") in message
