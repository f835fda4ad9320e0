"""Records of a script go to worker processes with their formulas."""

import os
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest

from fastbp.activations import derivative, value
from fastbp.compiling import jit
from fastbp.compiling.dispatch import implemented, open_function
from fastbp.functions import tanh
from fastbp.losses import error

SCRIPT = """
import warnings
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import GridSearchCV

from fastbp import BackpropRegressor
from fastbp.activations import derivative, value
from fastbp.functions import tanh
from fastbp.losses import error, output_delta, inverse_link
from fastbp.rules import step

class Soft(NamedTuple):
    height: float = 1.0

@value.register(Soft)
def _(activation, net):
    return activation.height * tanh(net / activation.height)

@derivative.register(Soft)
def _(activation, net, out):
    return 1 - np.square(out / activation.height)

class Squares(NamedTuple):
    pass

inverse_link.register(Squares)(lambda loss, net: net)
error.register(Squares)(lambda loss, target, out: (target - out) ** 2 / 2)
output_delta.register(Squares)(lambda loss, target, out: target - out)

class Descent(NamedTuple):
    eta: float = 0.1

step.register(Descent)(lambda rule, w, descent, state: (w + rule.eta * descent, state))

if __name__ == "__main__":
    X = np.random.default_rng(0).normal(size=(24, 3))
    model = BackpropRegressor([3], loss=Squares(), solver=Descent(), max_iter=4, random_state=0)
    grid = {"activation": [Soft(1.0), Soft(2.0)]}
    settings = {"cv": 2, "error_score": "raise", "refit": False}
    search = GridSearchCV(model, grid, n_jobs=2, **settings)
    with warnings.catch_warnings(action="ignore"):
        print(*search.fit(X, X[:, 0]).cv_results_["mean_test_score"])
"""


def run(*arguments):
    """Run Python in another process; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_grid_search_in_processes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    scores = np.array(run(script), float)
    assert np.isfinite(scores).all() and scores[0] != scores[1]


class Plain(NamedTuple):
    pass


class Other(Plain):
    pass


READ = """
import pickle, sys
import numpy as np
from fastbp.compiling import jit
from fastbp.activations import derivative, value
from fastbp.vectors.simd import ONE, load, pointer, store

def apply(record, xs):
    store(pointer(xs), 0, value(record, load(pointer(xs), 0, ONE)))

record = pickle.loads({sent!r})
x = np.ones(64)
print(*derivative(record, x[:2], x[:2]), flush=True)
try:
    jit.kernel(apply)(record, x)
except ValueError as failure:
    print(failure)
print(x[0])
"""


def test_a_class_carries_its_formulas():
    cloudpickle = pytest.importorskip("cloudpickle")

    @jit.inlined
    def helper(x):
        return x * 2

    class Local(NamedTuple):
        slope: float = 2.0

    class Helped(NamedTuple):
        pass

    value.register(Local)(lambda activation, net: activation.slope * tanh(0 * net + np.inf))
    derivative.register(Local)(lambda activation, net, out: np.full_like(net, activation.slope))
    value.register(Helped)(lambda activation, net: helper(net))
    derivative.register(Helped)(lambda activation, net, out: np.full_like(net, 2.0))
    assert run("-c", READ.format(sent=cloudpickle.dumps(Local(3.0)))) == ["3.0"] * 3
    output = run("-c", READ.format(sent=cloudpickle.dumps(Helped())))
    assert output[:2] == ["2.0", "2.0"]
    assert "`helper` is a function for Python only (decorate it with fastbp.inlined, in a " in (
        " ".join(output)
    )


def test_the_nearest_class_of_the_record():
    @open_function
    def name(record):
        return "none"

    name.register(Plain)(lambda record: "plain")
    assert (name(Plain()), name(Other()), name(3)) == ("plain", "plain", "none")
    name.register(Other)(lambda record: "other")
    assert (name(Plain()), name(Other())) == ("plain", "other")
    assert implemented(name, Other()) and not implemented(error, Other())
    assert name.dispatch(Other)(None) == "other"
