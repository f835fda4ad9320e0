"""
Early stopping with a validation set of one's own
=================================================

``early_stopping=True`` holds out a tenth of the rows, drawn at random. Where rows belong together,
or the latest ones count, or the training rows are wrong in ways that the later ones won't be, the
validation set is to be chosen: ``fit(X, y, X_val=..., y_val=...)``. Here a third of the digits that
are trained with have wrong labels, as if they had come from a careless crowd, and two hundred
digits have been labelled with care.
"""

import warnings

import numpy as np
from sklearn import config_context
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PowerTransformer

from fastbp import BackpropClassifier
from fastbp.inspection import LossCurveDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)
X_val, X_test, y_val, y_test = train_test_split(X_test, y_test, train_size=200, random_state=0)

rng = np.random.default_rng(0)
crowd = np.where(rng.uniform(size=len(y_train)) < 1 / 3, rng.integers(0, 10, len(y_train)), y_train)
print(f"{len(crowd)} rows to train with, {np.mean(crowd != y_train):.0%} with a wrong label")

# %%
# What decides
# ------------
#
# By default the score on the validation set decides, here accuracy. ``scoring="loss"`` takes the
# mean of :math:`E_p` instead, which also hears how sure the network is; `scoring` may be any of
# scikit-learn's. The weights of the best epoch are those that stay.

warnings.simplefilter("ignore", ConvergenceWarning)  # all 80 epochs, on purpose
settings = {
    "hidden_layer_sizes": (100,),
    "alpha": 0,
    "learning_rate": "constant",
    "max_iter": 80,
    "random_state": 0,
}
models = {
    "all 80 epochs": BackpropClassifier(**settings, n_iter_no_change=np.inf),
    "a tenth of the crowd's rows": BackpropClassifier(**settings, early_stopping=True),
    "own rows, accuracy": BackpropClassifier(**settings, early_stopping=True),
    "own rows, loss": BackpropClassifier(**settings, early_stopping=True, scoring="loss"),
}
print(f"{'':30}epochs   accuracy   mean log-loss on test rows")
for name, model in models.items():
    own = {} if name.startswith("a tenth") else {"X_val": X_val, "y_val": y_val}
    model.fit(X_train, crowd, **own)
    probabilities = model.predict_proba(X_test)[np.arange(len(y_test)), y_test]
    row = model.n_iter_, model.score(X_test, y_test), -np.log(probabilities.clip(1e-12)).mean()
    print("{:30}{:6}{:11.3f}{:15.3f}".format(name, *row))

# %%
# Stopping is worth more than ten points of accuracy. Which rows decide matters less than one might
# fear: labels that are wrong at random take as much from the score of a good epoch as from that of
# a bad one. Labels that are wrong in the same way as those trained with would not.

# %%
# Behind other steps
# ------------------
#
# In a `Pipeline` the validation set has to go through the steps before, as they were fitted on the
# training rows. That is what ``transform_input`` is for; it needs metadata routing.

with config_context(enable_metadata_routing=True):
    network = BackpropClassifier(**settings, early_stopping=True, scoring="loss")
    network.set_fit_request(X_val=True, y_val=True)
    steps = [("power", PowerTransformer()), ("network", network)]
    pipeline = Pipeline(steps, transform_input=["X_val"])
    pipeline.fit(X_train, crowd, X_val=X_val, y_val=y_val)
    print(f"in a pipeline: {pipeline[-1].n_iter_} epochs, {pipeline.score(X_test, y_test):.3f}")

# %%
# The training loss goes on falling, as wrong labels are learned by heart one after the other. The
# validation loss tells when that begins.

_ = LossCurveDisplay.from_estimator(
    {"all 80 epochs": models["all 80 epochs"], "own rows, loss": models["own rows, loss"]},
    panels=["loss"],
)
