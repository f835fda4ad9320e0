"""Compiling ahead, and machine code that is what it should be."""

import io
import os
import platform
import re
import warnings

import numpy as np
import pytest
from trained import LOSSES, random_network, random_patterns, trainer

import fastbp
from fastbp import __main__, ahead
from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.kernels.batches.minibatch import train_batches
from fastbp.kernels.delayed import train_delayed
from fastbp.kernels.online import train_online
from fastbp.vectors.simd import PER_LINE, TILE, VECTOR_BYTES


class Loud(fastbp.BackpropRegressor):
    def fit(self, X, y):
        warnings.warn("machine code can't be kept", stacklevel=2)
        warnings.warn("anything else", stacklevel=2)
        return super().fit(X, y)


def test_warmup_lets_what_is_said_of_machine_code_pass(interpreted, monkeypatch):
    monkeypatch.setattr(ahead, "MANY", 3)
    with pytest.warns(UserWarning) as caught:
        fastbp.warmup([Loud(hidden_layer_sizes=(2,))], dtypes=["float32"])
    assert [str(warning.message) for warning in caught] == ["machine code can't be kept"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_in_a_terminal_is_a_line_that_is_rewritten(monkeypatch):
    monkeypatch.setattr(__main__.shutil, "get_terminal_size", lambda: os.terminal_size((61, 24)))
    stream = Terminal()
    assert list(__main__.shown(["a step", "b" * 99], stream)) == ["a step", "b" * 99]
    text = stream.getvalue()
    assert text.count("\n") == 1 and text[-1] == "\n"
    lines = text.strip("\n").split("\r")[1:]
    assert all(len(line) == 60 for line in lines)
    bars = [re.match(r"\[(#*)\.*\] (\d/2) ", line).groups() for line in lines]
    assert bars == [("", "0/2"), ("#" * 10, "1/2"), ("#" * 10, "1/2"), ("#" * 20, "2/2")]
    assert re.search(r" s  a step *$", lines[0]) and re.search(r" s  b+$", lines[-1])


def test_progress_in_a_terminal_that_fails_ends_its_line():
    stream = Terminal()
    with pytest.raises(RuntimeError):
        for _ in __main__.shown(["a step"], stream):
            raise RuntimeError
    assert stream.getvalue()[-1] == "\n"


def test_progress_elsewhere_is_a_line_per_step():
    stream = io.StringIO()
    list(__main__.shown(["a step", "another"], stream))
    lines = stream.getvalue().splitlines()
    assert [line.split(" s  ")[1] for line in lines] == ["1/2  a step", "2/2  another"]


def test_warmup_for_a_grid(interpreted, monkeypatch, capsys):
    """Of activations, solvers and sizes of batches."""
    monkeypatch.setattr(ahead, "MANY", 3)
    monkeypatch.setattr(__main__.machine_code, "_lost", [])
    command = ["warmup", "--dtype", "float32", "--activation", "tanh", "relu", "--solver", "adam"]
    with warnings.catch_warnings():
        __main__.main([*command, "--batch-size", "auto"])
    steps = [line.split(" s  ")[1] for line in capsys.readouterr().out.splitlines()]
    of = "solver='adam', batch_size='auto'"
    assert len(steps) == 6
    assert steps[0] == f"1/6  BackpropRegressor, values, float32, activation='tanh', {of}"
    assert steps[5] == f"6/6  BackpropClassifier, more classes, float32, {of}"
    for wrong in ("0", "x"):
        with pytest.raises(SystemExit):
            __main__.main([*command, "--batch-size", wrong])
        assert "must be 'auto' or a number from 1 on" in capsys.readouterr().err


# What is measured on machine code as users have it.
unchecked = pytest.mark.skipif(jit.CHECKED, reason="every access is followed by a branch")

# In the first layer's sweep update and forward pass, in the later layers' delta and update:
FUSED = {
    # each in blocks of two cache lines and of one,
    "online": (train_online, {"momentum": 0.9}, 2 * 2 * (2 + 1) * PER_LINE),
    # of four patterns each, and the later layers as above.
    "delayed": (train_delayed, {}, 2 * 4 + 2 * (2 + 1) * PER_LINE),
}


@unchecked
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", FUSED)
def test_hot_loops_are_vector_code(kind, dtype):
    if platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("the names of instructions are those of x86")
    sizes = [3, 7, 2]
    X, d = random_patterns(4, sizes, "SquaredError", dtype)
    kernel, rule, least = FUSED[kind]
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    training = trainer(random_network(sizes, dtype), X, d, *formulas, **rule)
    assert training.kernel is kernel.cached
    training.kernel = kernel.uncached  # machine code from disk comes without its assembly
    training.epoch(np.arange(4))
    assembly = training.kernel.inspect_asm(training.kernel.signatures[-1])
    letter, register = {4: "s", 8: "d"}[dtype().itemsize], {64: "zmm", 32: "ymm"}[VECTOR_BYTES]
    fused = list(re.finditer(rf"\tvfmadd\d+p{letter}\t.*%{register}", assembly))
    assert len(fused) >= least
    # From the first to the last, all loops over patterns and weights: no call may be in them, but
    # for those by which threads agree.
    called = calls(assembly[: fused[-1].end()], fused[0].start())
    assert all("kernels4crew" in symbol for symbol in called), called


def calls(assembly, start):
    """Return what is called from a place on."""
    held, called = {}, []
    for line in re.finditer(r"\t(movabsq|callq?)\t(.*)", assembly):
        if line[1] == "movabsq":
            symbol, register = line[2].rsplit(", ", 1)
            held[register] = symbol
        elif line.start() > start:
            called.append(held.get(line[2].lstrip("*"), line[2]))
    return called


def test_tiles_are_vector_code():
    if platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("the names of instructions are those of x86")
    X, d = random_patterns(4, [3, 7, 2], "SquaredError", np.float32)
    network = random_network([3, 7, 2], np.float32)
    formulas = ACTIVATIONS["relu"], LOSSES["SquaredError"]  # without products of their own
    training = trainer(network, X, d, *formulas, batch_size=2)
    training.kernel = train_batches.uncached  # machine code from disk comes without its assembly
    training.epoch(np.arange(4))
    assembly = training.kernel.inspect_asm(training.kernel.signatures[-1])
    register = {64: "zmm", 32: "ymm"}[VECTOR_BYTES]
    # Four rows of TILE registers each, in `multiply` and in `outer`, and four by two in `dots`.
    assert len(re.findall(rf"\tvfmadd\d+ps\t.*%{register}", assembly)) >= 2 * 4 * TILE + 4 * 2
