"""Accesses out of bounds are seen: interpreted, and compiled with NUMBA_BOUNDSCHECK=1."""

import contextlib

import numpy as np
import pytest
from trained import LOSSES, random_network, random_patterns, trainer

from fastbp.activations import ACTIVATIONS
from fastbp.compiling import jit
from fastbp.kernels.predict import predict_few, predict_many
from fastbp.kernels.targets import Values
from fastbp.network.memory import ETA_DELTA

SIZES = [5, 7, 6, 8]  # no spare numbers: three cache lines of units, the last one full of outputs
N_PATTERNS = 8
KERNELS = {"online": {"batch_size": 1}, "batches": {"batch_size": 4}}


@pytest.fixture(params=["interpreted", *["compiled"] * jit.CHECKED])
def mode(request):
    """Run kernels in ways in which bounds are checked."""
    interpreted = request.param == "interpreted"
    with jit.interpreted() if interpreted else contextlib.nullcontext():
        yield


def training(batch_size):
    """Return what trains with momentum and weights, and so has an array of each kind."""
    X, d = random_patterns(N_PATTERNS, SIZES, "SquaredError")
    formulas = ACTIVATIONS["tanh"], LOSSES["SquaredError"]
    weights = {"sample_weight": np.ones(N_PATTERNS), "costs": np.ones(N_PATTERNS)}
    return trainer(
        random_network(SIZES), X, d, *formulas, momentum=0.9, batch_size=batch_size, **weights
    )


def shorter(array):
    """Return the array without its last two numbers (one is spare where there is one pattern)."""
    return array.reshape(-1)[:-2]


def cut(training, name):
    """Cut the end off one of the arrays that the kernel gets."""
    data = training.patterns
    if name == "parameters":
        training.network.parameters = shorter(training.network.parameters)
    elif name == "state":
        training.state = shorter(training.state)
    elif name == "layout":
        training.network.layout = training.network.layout[:6].copy()
    elif name == "rows":
        rows = data.rows._replace(values=data.rows.values[:-1])
        training.patterns = data._replace(rows=rows)
    elif name == "targets":
        training.patterns = data._replace(targets=Values(data.targets.values[:-1]))
    elif name == "weights":
        weighting = training.weighting
        training.weighting = weighting._replace(errors=weighting.errors[:-1])
    else:
        working = training.working
        end = working.starts[ETA_DELTA + 1]
        training.working = working._replace(numbers=shorter(working.numbers[:end]))


@pytest.mark.parametrize("kind", KERNELS)
def test_nothing_is_wrong(kind, mode):
    assert np.isfinite(training(**KERNELS[kind]).epoch(np.arange(N_PATTERNS)))


@pytest.mark.parametrize(
    "name", ["parameters", "state", "layout", "rows", "targets", "weights", "memory"]
)
@pytest.mark.parametrize("kind", KERNELS)
def test_training_beyond_an_array(kind, name, mode):
    offending = training(**KERNELS[kind])
    cut(offending, name)
    with pytest.raises(IndexError):
        offending.epoch(np.arange(N_PATTERNS))


@pytest.mark.parametrize("number", [N_PATTERNS, -N_PATTERNS - 1, 2**40])
@pytest.mark.parametrize("kind", KERNELS)
def test_training_with_rows_that_are_not_there(kind, number, mode):
    order = np.arange(N_PATTERNS)
    order[2] = number
    with pytest.raises(IndexError):
        training(**KERNELS[kind]).epoch(order)


@pytest.mark.parametrize("name", ["parameters", "memory", "order", "result"])
@pytest.mark.parametrize("kernel", [predict_few, predict_many])
def test_predicting_beyond_an_array(kernel, name, mode):
    batch_size = 4 if kernel is predict_many else 1
    fitted = training(batch_size)
    network, memory = fitted.network, fitted.working
    parameters = shorter(network.parameters) if name == "parameters" else network.parameters
    if name == "memory":  # the deltas, at its end, are not used
        memory = memory._replace(numbers=shorter(memory.numbers[: memory.starts[ETA_DELTA]]))
    order = np.arange(N_PATTERNS) + (name == "order")
    result = np.zeros((N_PATTERNS - (name == "result"), SIZES[-1]))
    rows, model = fitted.patterns.rows, fitted.formulas
    with pytest.raises(IndexError):
        kernel.choose(model)(parameters, network.layout, rows, order, model, memory, result)
