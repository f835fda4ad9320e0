"""At home in scikit-learn: the tools that take an estimator take these. Compiled."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_predict,
    learning_curve,
)
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fastbp import BackpropClassifier, BackpropRegressor

PARAMETERS = {"hidden_layer_sizes": (8,), "activation": "tanh", "alpha": 0, "batch_size": 1}
PARAMETERS |= {"momentum": 0, "learning_rate_init": 0.05, "max_iter": 40, "random_state": 0}
CLASSIFIER = make_pipeline(StandardScaler(), BackpropClassifier(**PARAMETERS))
REGRESSOR = make_pipeline(StandardScaler(), BackpropRegressor(**PARAMETERS))
X, LABELS = load_iris(return_X_y=True)
FRAME = load_iris(as_frame=True).data
VALUES = X[:, :2] / X[:, 2:].mean(axis=0) + X[:, 2:] / 4

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_pipeline_of_columns():
    """A text column is encoded, the others are scaled, names are kept on the way."""
    frame = FRAME.assign(size=np.where(FRAME.iloc[:, 2] > 4, "large", "small"))
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), list(frame.columns[:2])),
            ("text", OneHotEncoder(sparse_output=False), ["size"]),
        ]
    ).set_output(transform="pandas")
    model = make_pipeline(columns, BackpropClassifier(**PARAMETERS)).fit(frame, LABELS)
    assert list(model[-1].feature_names_in_)[-2:] == ["text__size_large", "text__size_small"]
    assert model.score(frame, LABELS) > 0.75
    np.testing.assert_array_equal(
        model.predict_proba(frame), model[-1].predict_proba(model[0].transform(frame))
    )


def test_grid_search_in_two_processes():
    grid = {"backpropclassifier__learning_rate_init": [1e-6, 0.05]}
    search = GridSearchCV(CLASSIFIER, grid, n_jobs=2, cv=3).fit(X, LABELS)
    alone = GridSearchCV(CLASSIFIER, grid, cv=3).fit(X, LABELS)
    assert search.best_params_ == {"backpropclassifier__learning_rate_init": 0.05}
    for name in ("mean_test_score", "std_test_score"):
        np.testing.assert_array_equal(search.cv_results_[name], alone.cv_results_[name])
    assert search.best_score_ > 0.9 > search.cv_results_["mean_test_score"][0]


def test_halving_over_epochs():
    """The fewest are fewer than the warm-up."""
    X, y = load_iris(return_X_y=True)
    model = BackpropClassifier((8,), warmup_epochs=3, random_state=0)
    grid = {"learning_rate_init": [1e-4, 0.03]}
    search = HalvingGridSearchCV(
        model, grid, resource="max_iter", min_resources=2, max_resources=18, cv=3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search.fit(X, y)
    assert search.best_params_["learning_rate_init"] == 0.03


def test_cross_val_predict():
    proba = cross_val_predict(CLASSIFIER, X, LABELS, method="predict_proba", cv=3)
    assert proba.shape == (150, 3) and (proba.argmax(axis=1) == LABELS).mean() > 0.9


def test_calibration():
    model = CalibratedClassifierCV(CLASSIFIER, cv=3).fit(X, LABELS)
    assert model.score(X, LABELS) > 0.9
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_multi_output():
    both = np.column_stack([LABELS, LABELS[::-1] * 2])
    model = MultiOutputClassifier(CLASSIFIER).fit(X, both)
    np.testing.assert_array_equal(model.predict(X)[:, 0], CLASSIFIER.fit(X, LABELS).predict(X))
    regressor = MultiOutputRegressor(REGRESSOR).fit(X, VALUES)
    np.testing.assert_array_equal(
        regressor.predict(X)[:, 1], REGRESSOR.fit(X, VALUES[:, 1]).predict(X)
    )


def test_voting():
    models = [("net", CLASSIFIER), ("line", LogisticRegression(max_iter=1000))]
    vote = VotingClassifier(models, voting="soft").fit(X, LABELS)
    proba = np.mean([model.predict_proba(X) for model in vote.estimators_], axis=0)
    np.testing.assert_allclose(vote.predict_proba(X), proba, rtol=1e-12)
    vote = VotingRegressor([("net", REGRESSOR), ("line", Ridge())]).fit(X, VALUES[:, 0])
    assert vote.score(X, VALUES[:, 0]) > 0.9


def test_permutation_importance():
    noise = np.column_stack([np.random.RandomState(0).standard_normal(150), X[:, 2:]])
    model = CLASSIFIER.fit(noise, LABELS)
    importance = permutation_importance(model, noise, LABELS, n_repeats=3, random_state=0)
    assert importance.importances_mean.argmin() == 0
    assert importance.importances_mean[1:].max() > 0.1


def test_learning_curve():
    sizes, train, test = learning_curve(
        CLASSIFIER, X, LABELS, train_sizes=[0.2, 1.0], cv=3, shuffle=True, random_state=0
    )
    assert train.shape == test.shape == (2, 3) and test[1].mean() > 0.9


@pytest.mark.parametrize("cls", [BackpropClassifier, BackpropRegressor])
def test_html(cls):
    html = cls(**PARAMETERS)._repr_html_()
    assert cls.__name__ in html and "Not fitted" in html and "hidden_layer_sizes" in html
    fitted = cls(**PARAMETERS | {"max_iter": 1}).fit(X, LABELS)
    assert "Fitted" in fitted._repr_html_() and cls.__name__ in make_pipeline(fitted)._repr_html_()


def test_pandas_targets():
    labels = pd.Series(LABELS, index=FRAME.index[::-1]).map({0: "a", 1: "b", 2: "c"})
    model = CLASSIFIER.fit(FRAME, labels)
    assert set(model.predict(FRAME)) <= {"a", "b", "c"} and model.score(FRAME, labels) > 0.9
