"""Machine code on disk that is damaged, unsafe, in the way, or can't be written: never fatal."""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from numba.core import config

import fastbp
from fastbp import __main__, ahead, folders, jit, machine_code

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes of files are POSIX's")
SOMEBODY = 12345  # a user's number that nobody here has


def small(values):
    """Return the sum of squares: quickly compiled."""
    total = 0.0
    for value in values:
        total += value * value
    return total


small.__module__ = "fastbp"  # others' kernels are not kept


def run():
    """Run the kernel as a new process would; return whether it was found and what is warned of."""
    function = jit.kernel(small).cached
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert function(np.arange(4.0)) == 14
    assert all(warning.filename == __file__ for warning in caught)
    return bool(function.stats.cache_hits), [str(warning.message) for warning in caught]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return a folder for machine code, and let nothing have been said or lost yet."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(machine_code, "_said", set())
    monkeypatch.setattr(machine_code, "_lost", [])
    return tmp_path / "cache" / "fastbp"


@pytest.fixture
def kept(cache):
    """Return a file with machine code."""
    assert run() == (False, [])
    assert run() == (True, [])
    (file,) = cache.iterdir()
    assert file.name.startswith("small-")
    return file


def contents(folder):
    return {
        path.relative_to(folder): path.is_file() and path.read_bytes() for path in folder.rglob("*")
    }


DAMAGES = {
    "empty": lambda content: b"",
    "cut in its magic": lambda content: content[:5],
    "cut in its digest": lambda content: content[:30],
    "cut": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "noise": lambda content: np.random.default_rng(0).bytes(len(content)),
    "zeros": lambda content: bytes(len(content)),
    "of a class that is gone": lambda content: with_digest(b"cfastbp\nGone\n."),
    "no pickle": lambda content: with_digest(b"no pickle"),
    "no pair": lambda content: machine_code.packed(0),
    "no result": lambda content: machine_code.packed((machine_code.unpacked(content)[0], (1, 2))),
}


def with_digest(body):
    return machine_code.MAGIC + hashlib.sha256(body).digest() + body


def flipped(content, bit):
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_replaced(kept, damage):
    content = kept.read_bytes()
    kept.write_bytes(DAMAGES[damage](content))
    found, (message,) = run()
    assert not found and message.startswith("machine code") and str(kept) in message
    assert list(kept.parent.iterdir()) == [kept] and machine_code.unpacked(kept.read_bytes())
    assert run() == (True, []) and not machine_code.lost()


def test_any_flipped_bit_is_damage(kept, monkeypatch):
    content = kept.read_bytes()
    n_bits = 8 * len(content)
    head = 8 * machine_code.START
    bits = [0, head - 1, head, n_bits - 1, *np.random.default_rng(0).integers(n_bits, size=200)]
    for bit in bits:
        with pytest.raises(ValueError, match="damaged"):
            machine_code.unpacked(flipped(content, int(bit)))
    for bit in bits[:20]:
        monkeypatch.setattr(machine_code, "_said", set())
        kept.write_bytes(flipped(content, int(bit)))
        found, (message,) = run()
        assert not found and str(kept) in message
    assert run() == (True, [])


def test_what_was_kept_for_another_key_is_compiled_anew(kept):
    _, result = machine_code.unpacked(kept.read_bytes())
    kept.write_bytes(machine_code.packed(("another", result)))
    assert run() == (False, []) and run() == (True, [])


def test_other_options_are_other_machine_code(kept, monkeypatch):
    monkeypatch.setattr(config, "BOUNDSCHECK", 1)
    assert run() == (False, []) and run() == (True, [])
    assert len(list(kept.parent.iterdir())) == 2


def test_kernels_from_outside_are_not_kept(cache, monkeypatch):
    monkeypatch.setattr(small, "__module__", "elsewhere")
    assert run() == (False, []) and not cache.exists()


def test_recompiled(kept):
    function = jit.kernel(small).cached
    function(np.arange(4.0))
    before = kept.stat().st_mtime_ns
    function.recompile()
    assert kept.stat().st_mtime_ns > before and sum(function.stats.cache_misses.values()) == 1


@posix
@pytest.mark.parametrize("umask", [0o002, 0o077])
def test_modes(cache, umask):
    previous = os.umask(umask)
    try:
        run()
    finally:
        os.umask(previous)
    (file,) = cache.iterdir()
    for path in (cache.parent, cache):
        assert stat.S_IMODE(path.stat().st_mode) == 0o755 & ~umask
    assert stat.S_IMODE(file.stat().st_mode) == 0o644 & ~umask


UNSAFE = {
    "folder, by a group": lambda file: file.parent.chmod(0o775),
    "folder, by all": lambda file: file.parent.chmod(0o777),
    "folder, sticky": lambda file: file.parent.chmod(0o1777),
    "folder above": lambda file: file.parents[1].chmod(0o777),
    "folder of somebody": lambda file: os.chown(file.parent, SOMEBODY, -1),
    "folder above of somebody": lambda file: os.chown(file.parents[1], SOMEBODY, -1),
    "link of somebody": lambda file: link_to(file.parent),
}
UNSAFE_FILES = {
    "by a group": lambda file: file.chmod(0o664),
    "by all": lambda file: file.chmod(0o646),
    "of somebody": lambda file: os.chown(file, SOMEBODY, -1),
    "a pipe": lambda file: [file.unlink(), os.mkfifo(file)],
}


def link_to(folder):
    folder.rename(folder.parent / "moved")
    folder.symlink_to("moved")
    os.lchown(folder, SOMEBODY, -1)


def change(changes, name, file):
    if "somebody" in name and os.geteuid() != 0:
        pytest.skip("only root gives files away")
    changes[name](file)


@posix
@pytest.mark.parametrize("name", UNSAFE)
def test_folders_that_others_may_write_are_not_used(kept, name):
    change(UNSAFE, name, kept)
    before = contents(kept.parents[1])
    found, (message,) = run()
    assert not found and contents(kept.parents[1]) == before
    path = kept.parents[1] if "above" in name else kept.parent
    assert f"others may write {path} (owner" in message and "NUMBA_CACHE_DIR" in message
    assert f"mode {stat.S_IMODE(path.lstat().st_mode):04o}" in message
    assert run() == (False, [])  # said once
    assert message.endswith(machine_code.lost())


@posix
@pytest.mark.parametrize("name", UNSAFE_FILES)
def test_files_that_others_may_write_are_replaced(kept, name):
    change(UNSAFE_FILES, name, kept)
    found, (message,) = run()
    assert not found and str(kept) in message
    assert run() == (True, []) and not machine_code.lost()


@posix
def test_a_sticky_folder_above_and_links_of_ones_own(kept):
    kept.parents[1].chmod(0o1777)
    kept.parent.rename(kept.parents[1] / "moved")
    kept.parent.symlink_to("moved")
    assert run() == (True, [])


@contextlib.contextmanager
def full_disk():
    """Let no file become longer than 100 bytes; Python ignores the signal."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk(cache):
    with full_disk():
        found, (message,) = run()
        assert not found and "can't be kept" in message and str(cache) in message
        assert run() == (False, [])
    assert list(cache.iterdir()) == []
    assert run() == (False, []) and run() == (True, [])


def test_a_folder_that_vanishes_and_one_that_cannot_be(kept):
    shutil.rmtree(kept.parents[1])
    assert run() == (False, []) and run() == (True, [])
    shutil.rmtree(kept.parents[1])
    kept.parents[1].write_text("in the way")
    found, (message,) = run()
    assert not found and "can't be kept" in message and str(kept.parents[1]) in message
    assert run() == (False, [])


@pytest.fixture
def two(cache, monkeypatch, tmp_path):
    """Return a folder beside the package and one of the user, where no other is named."""
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(folders, "PACKAGE_FOLDER", tmp_path / "site" / "fastbp")
    (tmp_path / "site" / "fastbp").mkdir(parents=True)
    monkeypatch.setattr(folders, "_of_user", lambda: tmp_path / "home")
    return tmp_path / "site" / "fastbp" / "__pycache__" / "machine_code", tmp_path / "home/fastbp"


def read_only(*unwritable):
    """Let nothing be opened for writing below some folders; modes don't bind root."""

    def open_for_us(path, flags):
        if any(folder in Path(path).parents for folder in unwritable):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return os.open(path, flags, 0o644)

    return open_for_us


def test_the_first_folder_that_can_be_written(two, monkeypatch):
    assert run() == (False, []) and run() == (True, [])
    assert two[0].exists() and not two[1].exists()
    monkeypatch.setattr(folders, "_open_for_us", read_only(*two))
    assert run() == (True, [])  # from what can only be read
    (two[0] / next(two[0].iterdir())).unlink()
    monkeypatch.setattr(folders, "_open_for_us", read_only(two[0]))
    assert run() == (False, []) and run() == (True, [])
    assert list(two[0].iterdir()) == [] and list(two[1].iterdir())


def test_a_frozen_program_prefers_the_folder_of_the_user(two, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert run() == (False, []) and run() == (True, [])
    assert two[1].exists() and not two[0].exists()


def test_nowhere(two, monkeypatch):
    monkeypatch.setattr(folders, "_open_for_us", read_only(*two))
    found, (message,) = run()
    assert not found and "can't be kept" in message
    assert all(str(folder) in message for folder in two)
    assert run() == (False, [])


def test_no_folders_at_all(two, monkeypatch):
    monkeypatch.setattr(folders, "PACKAGE_FOLDER", folders.PACKAGE_FOLDER / "program.zip")
    monkeypatch.setattr(folders, "_of_user", lambda: Path("~/.cache"))  # nobody's home
    found, (message,) = run()
    assert not found and "there is no folder for it" in message


def test_damage_that_cannot_be_replaced(two, monkeypatch):
    run()
    (file,) = two[0].iterdir()
    file.write_bytes(b"damaged")
    monkeypatch.setattr(folders, "_open_for_us", read_only(two[0]))
    found, (message,) = run()
    assert not found and str(file) in message
    assert run() == (True, []) and file.read_bytes() == b"damaged"


@pytest.mark.parametrize(
    "system, environment, expected",
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x"),
        ("linux", {"XDG_CACHE_HOME": "x"}, "/home/me/.cache"),
        ("linux", {}, "/home/me/.cache"),
        ("darwin", {"XDG_CACHE_HOME": "/x"}, "/home/me/Library/Caches"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local"),
        ("win32", {}, "/home/me/AppData/Local"),
    ],
)
def test_the_folder_of_the_user(monkeypatch, system, environment, expected):
    monkeypatch.setattr(sys, "platform", system)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", "USERPROFILE": "/home/me", **environment}.items():
        monkeypatch.setenv(name, value)
    assert folders._of_user() == Path(expected)


def test_warming_up_tells_what_cannot_be_kept(two, monkeypatch, capsys):
    def compile_each(*_, **__):
        assert jit.kernel(small).cached(np.arange(4.0)) == 14
        yield "small"

    monkeypatch.setattr(__main__, "compile_each", compile_each)
    monkeypatch.setattr(ahead, "compile_each", compile_each)
    with monkeypatch.context() as context:
        context.setattr(folders, "_open_for_us", read_only(*two))
        with pytest.raises(SystemExit, match="can't be kept.*Read-only file system"):
            with warnings.catch_warnings():
                __main__.main(["warmup"])
        context.setattr(machine_code, "_said", set())
        with pytest.warns(UserWarning, match="can't be kept.*Read-only") as caught:
            fastbp.warmup()
        assert caught[0].filename == __file__
    monkeypatch.setattr(machine_code, "_lost", [])
    __main__.main(["warmup"])
    monkeypatch.setattr(folders, "_open_for_us", read_only(*two))
    with warnings.catch_warnings():
        __main__.main(["warmup"])  # all is there
    assert capsys.readouterr().out.count("small") == 3


AT_ONCE = """
import sys
sys.path.insert(0, {tests!r})
import test_machine_code, numpy as np
from fastbp import jit
for _ in range(6):
    function = jit.kernel(test_machine_code.small).cached
    function._cache.flush()
    function(np.arange(4.0))
"""


def test_processes_that_write_at_once(kept):
    code = AT_ONCE.format(tests=str(Path(__file__).parent))
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(kept.parents[1])}
    command = [sys.executable, "-W", "error", "-c", code]
    writing = [subprocess.Popen(command, env=environment) for _ in range(2)]
    first, n_times = kept.stat().st_mtime_ns, set()
    while any(process.poll() is None for process in writing):
        machine_code.unpacked(kept.read_bytes())
        n_times.add(kept.stat().st_mtime_ns)
        time.sleep(0.001)
    assert [process.returncode for process in writing] == [0, 0]
    assert max(n_times) > first and list(kept.parent.iterdir()) == [kept]
    assert run() == (True, [])
