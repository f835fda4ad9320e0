"""Machine code on disk that is damaged, of something else, or written by two processes at once."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from kept import run, small
from numba.core import config

from fastbp.compiling import jit, machine_code

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
def test_damaged_files_are_replaced(code_file, damage):
    content = code_file.read_bytes()
    code_file.write_bytes(DAMAGES[damage](content))
    found, (message,) = run()
    assert not found and message.startswith("machine code") and str(code_file) in message
    assert list(code_file.parent.iterdir()) == [code_file] and machine_code.unpacked(
        code_file.read_bytes()
    )
    assert run() == (True, []) and not machine_code.lost()


def test_any_flipped_bit_is_damage(code_file, monkeypatch):
    content = code_file.read_bytes()
    n_bits = 8 * len(content)
    head = 8 * machine_code.START
    bits = [0, head - 1, head, n_bits - 1, *np.random.default_rng(0).integers(n_bits, size=200)]
    for bit in bits:
        with pytest.raises(ValueError, match="damaged"):
            machine_code.unpacked(flipped(content, int(bit)))
    for bit in bits[:20]:
        monkeypatch.setattr(machine_code, "_said", set())
        code_file.write_bytes(flipped(content, int(bit)))
        found, (message,) = run()
        assert not found and str(code_file) in message
    assert run() == (True, [])


def test_what_was_kept_for_another_key_is_compiled_anew(code_file):
    _, result = machine_code.unpacked(code_file.read_bytes())
    code_file.write_bytes(machine_code.packed(("another", result)))
    assert run() == (False, []) and run() == (True, [])


def test_other_options_are_other_machine_code(code_file, monkeypatch):
    monkeypatch.setattr(config, "BOUNDSCHECK", 0 if config.BOUNDSCHECK else 1)
    assert run() == (False, []) and run() == (True, [])
    assert len(list(code_file.parent.iterdir())) == 2


def test_kernels_from_outside_are_not_kept(code_folder, monkeypatch):
    monkeypatch.setattr(small, "__module__", "elsewhere")
    assert run() == (False, []) and not code_folder.exists()


def test_recompiled(code_file):
    function = jit.kernel(small).cached
    function(np.arange(4.0))
    before = code_file.stat().st_mtime_ns
    function.recompile()
    assert code_file.stat().st_mtime_ns > before and sum(function.stats.cache_misses.values()) == 1


AT_ONCE = """
import sys
sys.path.insert(0, {tests!r})
import kept, numpy as np
from fastbp.compiling import jit
for _ in range(6):
    function = jit.kernel(kept.small).cached
    function._cache.flush()
    function(np.arange(4.0))
"""


def test_processes_that_write_at_once(code_file):
    code = AT_ONCE.format(tests=str(Path(__file__).parent))
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(code_file.parents[1])}
    command = [sys.executable, "-W", "error", "-c", code]
    writing = [subprocess.Popen(command, env=environment) for _ in range(2)]
    first, n_times = code_file.stat().st_mtime_ns, set()
    while any(process.poll() is None for process in writing):
        machine_code.unpacked(code_file.read_bytes())
        n_times.add(code_file.stat().st_mtime_ns)
        time.sleep(0.001)
    assert [process.returncode for process in writing] == [0, 0]
    assert max(n_times) > first and list(code_file.parent.iterdir()) == [code_file]
    assert run() == (True, [])
