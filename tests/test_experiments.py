"""The experiments with published figures: their form, what they share, two outcomes."""

import ast
import importlib.util
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from fastbp import BackpropRegressor

HOME = Path(__file__).parents[1] / "examples" / "experiments"
SCRIPTS = sorted(path for path in HOME.glob("*.py") if path.name[0] != "_")


@pytest.fixture(scope="module")
def shared():
    """Return the module that the experiments share."""
    pytest.importorskip("matplotlib")
    spec = importlib.util.spec_from_file_location("_experiment", HOME / "_experiment.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_form(script):
    """A title, prose between cells, seeds beside what was published, a picture at the end."""
    source = script.read_text(encoding="utf-8")
    tree = ast.parse(source)
    title, line, empty, *_ = ast.get_docstring(tree).splitlines()
    assert set(line) == {"="} and len(line) == len(title) and not empty
    assert "\n# %%\n# " in source
    assert {"SEEDS"} <= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert ("published" in source or "print_results" in source) and "(19" in source
    last = ast.unparse(tree.body[-1])
    assert any(name in last for name in ("ax", "figure", "draw_results", "print_"))


def test_there_are_all():
    assert len(SCRIPTS) == 9


def test_results(shared, capsys):
    values = [10, 20, np.inf, 40, 30]
    one = shared.Result("a net", values, 1425, "a paper")
    assert one.quartiles() == "30 (20 to 40)"
    assert one.learned() == "4 of 5"
    assert shared.Result("", [np.inf, np.inf, 1]).quartiles() == "never (1 to never)"
    shared.print_results([one, shared.Result("b", [0.123, 0.123])])
    head, _, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["learned", "epochs,", "median", "(quartiles)", "published", "source"]
    assert first == "a net  4 of 5   30 (20 to 40)               1,425          a paper"
    assert second.split("  ")[-1].strip() == "not published"


def test_epochs(shared, interpreted):
    """What is counted are epochs, also where one call makes several; the weights are the same."""
    X, targets = np.eye(3), np.eye(3)[::-1]
    models = []
    for every in (1, 4):
        model = BackpropRegressor(2, **shared.AS_IN_1986, learning_rate_init=0.5, momentum=0.9)
        shared.with_weights_from(model, (3, 2, 3), 0.5, 0)
        assert np.isinf(shared.epochs_to_learn(model, X, targets, lambda _: False, 12, every))
        models.append(model)
    for one, other in zip(models[0].coefs_, models[1].coefs_, strict=True):
        np.testing.assert_array_equal(one, other)
    again = shared.with_weights_from(BackpropRegressor(2, **shared.AS_IN_1986), (3, 2, 3), 0.5, 0)
    assert shared.epochs_to_learn(again, X, targets, lambda _: True, 12, 4) == 4


def test_a_single_unit_learns_what_a_plane_can_do(shared, interpreted):
    """14 of the 16 functions of two bits (Minsky and Papert, 1969)."""
    X = np.array(list(product((-1.0, 1.0), repeat=2)))
    targets = (np.arange(16) >> np.arange(4)[:, np.newaxis] & 1).astype(float)
    model = BackpropRegressor((), **shared.AS_IN_1986, learning_rate_init=1.0)
    shared.with_weights_from(model, (2, 16), 0.5, 0)
    for _ in range(10):
        model.partial_fit(X, targets)
    is_right = ((model.predict(X) > 0.5) == (targets == 1)).all(axis=0)
    assert list(np.flatnonzero(~is_right)) == [0b0110, 0b1001]  # XOR and its contrary


def test_one_hidden_unit_and_shortcuts_learn_xor(shared, interpreted):
    """In 558 sweeps, say Rumelhart, Hinton and Williams (1986)."""
    X, targets = np.array(list(product((0.0, 1.0), repeat=2))), np.array([0.0, 1.0, 1.0, 0.0])
    settings = {**shared.AS_IN_1986, "shortcuts": True}
    model = BackpropRegressor(1, **settings, learning_rate_init=0.5, momentum=0.9)
    shared.with_weights_from(model, (2, 1, 1), 1.0, 0)
    taken = shared.epochs_to_learn(model, X, targets, shared.within(targets, 0.4), 558, every=62)
    assert 62 < taken <= 558
