"""Every example in a docstring of the package runs, and says what it says."""

import doctest
import importlib.util
import pkgutil

import pytest

import fastbp

KINDS = ("Classifier", "Regressor", "EnsembleClassifier", "EnsembleRegressor")
COMPILED = tuple(f"fastbp.Backprop{kind}" for kind in KINDS)  # the others need a few rows
HAVE_ONE = {
    *COMPILED,
    *(f"fastbp.compiling.jit.{name}" for name in ("inlined", "interpreted")),
    *(f"fastbp.losses.{name}" for name in ("inverse_link", "error", "output_delta", "normalised")),
    "fastbp.ahead.warmup",
    "fastbp.checks.check",
    "fastbp.compiling.dispatch",  # how to add an activation
    "fastbp.estimators.conversion.SklearnConversion.from_sklearn",
    "fastbp.estimators.conversion.SklearnConversion.to_sklearn",
    "fastbp.estimators.persistence.trusted_types",
    "fastbp.inspection.gradient_check.check_gradient",
    "fastbp.inspection.tracing.trace",
    *(f"fastbp.activations.{name}" for name in ("value", "derivative")),
    *(f"fastbp.export.c.{name}" for name in ("source.c_source", "to_c.to_c")),
    *(f"fastbp.export.json.file.{name}" for name in ("from_json", "to_json")),
    "fastbp.penalties.penalised",
    "fastbp.rules.interface.step",
    "fastbp.schedules.Schedule",
}


class Finder(doctest.DocTestFinder):
    """Finds what belongs to a module by its name; open functions are made in another."""

    def _from_module(self, module, object):
        return getattr(object, "__module__", None) == module.__name__


def examples():
    found = pkgutil.walk_packages(fastbp.__path__, "fastbp.")
    others = ["fastbp.__main__", "fastbp.river"]  # of River see test_river.py
    if importlib.util.find_spec("dask") is None:
        others.append("fastbp.distributed")
    names = ["fastbp", *(one.name for one in found if not one.name.startswith(tuple(others)))]
    tests = [test for name in names for test in Finder().find(importlib.import_module(name))]
    return {test.name: test for test in tests if test.examples}


EXAMPLES = examples()


def test_there_are_examples():
    assert HAVE_ONE <= set(EXAMPLES)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in COMPILED])
def test_example(name, interpreted):
    assert doctest.DocTestRunner().run(EXAMPLES[name]).failed == 0


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_example(name):
    assert doctest.DocTestRunner().run(EXAMPLES[name]).failed == 0
