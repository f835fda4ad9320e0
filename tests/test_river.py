"""River's protocol: its own checks, its pipelines and ensembles."""

import doctest
import pickle
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("river")

from river import (
    checks,
    compose,
    datasets,
    ensemble,
    evaluate,
    metrics,
    multiclass,
    preprocessing,
    stream,
)

from fastbp.river import BackpropClassifier, BackpropRegressor, models

MODELS = {
    "regressor": BackpropRegressor((4,)),
    "classifier": BackpropClassifier((4,), solver="adam", learning_rate_init=0.01),
}


def all_checks():
    for name, model in MODELS.items():
        for n, check in enumerate(checks.yield_checks(model)):
            yield pytest.param(model, check, id=f"{name}-{check.__name__}-{n}")


@pytest.mark.parametrize("model, check", list(all_checks()))
def test_rivers_own(model, check):
    check(model.clone())


def test_examples():
    failed, attempted = doctest.testmod(models)
    assert attempted == 8 and not failed


def test_progressive_validation_in_a_pipeline():
    model = preprocessing.StandardScaler() | BackpropClassifier((8,), seed=1)
    assert (
        evaluate.progressive_val_score(datasets.Phishing(), model, metrics.Accuracy()).get() > 0.8
    )


def test_words_among_the_features():
    rows = [({"colour": c, "size": n % 7}, 3.0 * (c == "red") + n % 7) for n, c in COLOURS]
    words = compose.SelectType(str) | preprocessing.OneHotEncoder()
    model = (words + compose.SelectType(int)) | BackpropRegressor((8,), seed=1)
    found = evaluate.progressive_val_score(rows, model, metrics.MAE()).get()
    assert found < 1
    assert model["BackpropRegressor"]._model.n_features_in_ == 4


COLOURS = list(enumerate(np.random.default_rng(0).choice(["red", "green", "blue"], 400).tolist()))


def test_ensembles():
    one = BackpropClassifier((4,), seed=1)
    bag = ensemble.ADWINBaggingClassifier(one, n_models=3, seed=1)
    vote = ensemble.VotingClassifier([one.clone(), one.clone({"hidden_layer_sizes": ()})])
    for model in (bag, vote, multiclass.OneVsRestClassifier(one.clone())):
        rows = datasets.ImageSegments().take(300)
        found = evaluate.progressive_val_score(rows, model, metrics.Accuracy()).get()
        assert found > 0.4


def test_labels_of_any_kind():
    labels = [("a", 1), (), 2.5, "x", True]
    model = BackpropClassifier((16,), seed=1)
    assert model.predict_one({"a": 1.0}) is None and model.predict_proba_one({"a": 1.0}) == {}
    for n in range(500):
        model.learn_one({"a": float(n % 5), "b": (n % 5) ** 2}, labels[n % 5])
    for n in range(5):
        assert model.predict_one({"a": float(n), "b": n**2}) == labels[n]
        found = model.predict_proba_one({"a": float(n), "b": n**2})
        assert list(found) == labels and abs(sum(found.values()) - 1) < 1e-9
    with pytest.raises(ValueError, match="contains None"):
        model.learn_one({"a": 1.0}, None)


def test_numbers_as_labels_are_not_taken_for_each_other():
    one, other = (BackpropClassifier((4,), seed=1) for _ in range(2))
    for n in range(60):
        x = {"a": n % 3, "b": n % 5}
        one.learn_one(x, (7, 0, 1)[n % 3])
        other.learn_one(defaultdict(float, x), (7, 0, 1)[n % 3])  # not what a kernel reads
    x = {"a": 1, "b": 2}
    assert one.predict_proba_one(x) == other.predict_proba_one(x)
    assert list(one.predict_proba_one(x)) == [0, 1, 7]


def test_a_refused_label_is_not_known():
    model = BackpropClassifier((4,), seed=1)
    for n in range(4):
        model.learn_one({"a": n}, n % 2)
    with pytest.raises(ValueError, match="'b' is 'x'"):
        model.learn_one({"a": 1, "b": "x"}, "new")
    assert list(model.predict_proba_one({"a": 1})) == [0, 1]


def test_many_rows_are_rows_one_by_one():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=["a", "b", "c"])
    X.iloc[3, 1] = np.nan
    y = X["a"] > 0
    one, many = (BackpropClassifier((4,), seed=1) for _ in range(2))
    many.learn_many(X, y)
    for (_, row), label in zip(X.iterrows(), y, strict=True):
        one.learn_one(row.dropna().to_dict(), label)
    found = many.predict_proba_many(X)
    assert list(found.columns) == [False, True] and list(found.index) == list(X.index)
    for n, (_, row) in enumerate(X.iterrows()):
        assert one.predict_proba_one(row.dropna().to_dict()) == found.iloc[n].to_dict()
        assert one.predict_one(row.dropna().to_dict()) == many.predict_many(X).iloc[n]


def test_the_learning_rate_may_change():
    model = BackpropRegressor((4,), seed=1)
    for n in range(5):
        model.learn_one({"a": n}, n)
    model.mutate({"learning_rate_init": 1e-9})
    before = model._model.coefs_[0].copy()
    model.learn_one({"a": 3}, 5.0)
    np.testing.assert_allclose(model._model.coefs_[0], before, atol=1e-7)
    assert model.clone().learning_rate_init == 1e-9
    with pytest.raises(ValueError, match="not a mutable attribute"):
        model.mutate({"solver": "adam"})


def test_copies():
    model = BackpropClassifier((4,), seed=1)
    for x, y in datasets.Phishing().take(20):
        model.learn_one(x, y)
    for twin in (pickle.loads(pickle.dumps(model)), model.clone(include_attributes=True)):
        assert twin.predict_proba_one(x) == model.predict_proba_one(x)
    assert model.clone().predict_one(x) is None


def test_a_table_of_scikit_learn():
    from sklearn.datasets import load_wine

    rows = stream.iter_sklearn_dataset(load_wine(), shuffle=True, seed=1)
    model = BackpropClassifier((16,), seed=1)
    assert evaluate.progressive_val_score(rows, model, metrics.Accuracy()).get() > 0.7
