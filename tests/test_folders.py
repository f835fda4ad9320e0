"""Where machine code is kept, whom that takes to trust, and what can't be written: never fatal."""

import contextlib
import os
import shutil
import stat
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from kept import read_only, run, small
from numba.core import config

import fastbp
from fastbp import __main__, ahead
from fastbp.compiling import folders, jit, machine_code

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes of files are POSIX's")
SOMEBODY = 12345  # a user's number that nobody here has


def contents(folder):
    return {
        path.relative_to(folder): path.is_file() and path.read_bytes() for path in folder.rglob("*")
    }


@posix
@pytest.mark.parametrize("umask", [0o002, 0o077])
def test_modes(code_folder, umask):
    previous = os.umask(umask)
    try:
        run()
    finally:
        os.umask(previous)
    (file,) = code_folder.iterdir()
    for path in (code_folder.parent, code_folder):
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
def test_folders_that_others_may_write_are_not_used(code_file, name):
    change(UNSAFE, name, code_file)
    before = contents(code_file.parents[1])
    found, (message,) = run()
    assert not found and contents(code_file.parents[1]) == before
    path = code_file.parents[1] if "above" in name else code_file.parent
    assert f"others may write {path} (owner" in message and "NUMBA_CACHE_DIR" in message
    assert f"mode {stat.S_IMODE(path.lstat().st_mode):04o}" in message
    assert run() == (False, [])  # said once
    assert message.endswith(machine_code.lost())


@posix
@pytest.mark.parametrize("name", UNSAFE_FILES)
def test_files_that_others_may_write_are_replaced(code_file, name):
    change(UNSAFE_FILES, name, code_file)
    found, (message,) = run()
    assert not found and str(code_file) in message
    assert run() == (True, []) and not machine_code.lost()


@posix
def test_a_sticky_folder_above_and_links_of_ones_own(code_file):
    code_file.parents[1].chmod(0o1777)
    code_file.parent.rename(code_file.parents[1] / "moved")
    code_file.parent.symlink_to("moved")
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


def test_full_disk(code_folder):
    with full_disk():
        found, (message,) = run()
        assert not found and "can't be kept" in message and str(code_folder) in message
        assert run() == (False, [])
    assert list(code_folder.iterdir()) == []
    assert run() == (False, []) and run() == (True, [])


def test_what_killed_processes_leave_is_removed(code_folder):
    code_folder.mkdir(parents=True, mode=0o755)
    old, new = code_folder / ".old.tmp", code_folder / ".new.tmp"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    assert run() == (False, []) and not old.exists() and new.exists()


def test_a_folder_that_vanishes_and_one_that_cannot_be(code_file):
    shutil.rmtree(code_file.parents[1])
    assert run() == (False, []) and run() == (True, [])
    shutil.rmtree(code_file.parents[1])
    code_file.parents[1].write_text("in the way")
    found, (message,) = run()
    assert not found and "can't be kept" in message and str(code_file.parents[1]) in message
    assert run() == (False, [])


@pytest.fixture
def two(code_folder, monkeypatch, tmp_path):
    """Return a folder beside the package and one of the user, where no other is named."""
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(folders, "PACKAGE_FOLDER", tmp_path / "site" / "fastbp")
    (tmp_path / "site" / "fastbp").mkdir(parents=True)
    monkeypatch.setattr(folders, "_of_user", lambda: tmp_path / "home")
    return tmp_path / "site" / "fastbp" / "__pycache__" / "machine_code", tmp_path / "home/fastbp"


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
    def compile_step(step, *, sparse):
        assert jit.kernel(small).cached(np.arange(4.0)) == 14

    for module in (__main__, ahead):
        monkeypatch.setattr(module, "steps_for", lambda *_: ["small"])
        monkeypatch.setattr(module, "compile_step", compile_step)
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
