"""
Searching for parameters
========================

`GridSearchCV` takes the network as any estimator. What is worth a search: width and depth, the
penalty `alpha`, the learning rate. What a search is to find by itself is left at "auto" else, which
is a value for the size of the problem.
"""

import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, train_test_split

from fastbp import BackpropClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)

# %%
# A grid
# ------
#
# Five rates times four strengths of the penalty, each three times on two thirds of the rows. The
# network is small and trained for few epochs, as long as it is only to be compared.

network = BackpropClassifier(24, activation="tanh", max_iter=15, random_state=0)
grid = {
    "learning_rate_init": [0.001, 0.003, 0.01, 0.03, 0.1],
    "alpha": [1e-5, 1e-4, 1e-3, 1e-2],
}
warnings.simplefilter("ignore", ConvergenceWarning)  # fifteen epochs, on purpose
network.fit(X_train, y_train)  # compiled before the clock starts
start = time.perf_counter()
search = GridSearchCV(network, grid, cv=3).fit(X_train, y_train)
seconds = time.perf_counter() - start
print(f"{len(search.cv_results_['params'])} candidates, 3 fits each, in {seconds:.1f} s")
print(f"best: {search.best_params_}, accuracy {search.best_score_:.3f} in cross-validation")

# %%
# A best value at the edge of the grid would say that the grid ends too early. The scores of good
# neighbours differ by less than those of other splits would; the digits have 450 rows for each
# third, and one of them is .2 %.

scores = search.cv_results_["mean_test_score"].reshape(4, 5)  # alpha, then the rate
figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
image = ax.imshow(scores, cmap="cividis", aspect="auto")
for (i, j), score in np.ndenumerate(scores):
    ink = "black" if image.norm(score) > 0.5 else "white"
    ax.text(j, i, f"{score:.3f}", ha="center", va="center", color=ink)
ax.set_xticks(range(5), grid["learning_rate_init"])
ax.set_yticks(range(4), grid["alpha"])
ax.set(xlabel="learning_rate_init, η at first", ylabel="alpha, of the penalty")
_ = figure.colorbar(image, label="accuracy")

# %%
# Halving
# -------
#
# With more parameters a grid gets too large. Halving draws candidates at random, trains all of them
# for a few epochs, and goes on with the better third for three times as many: the resource is
# `max_iter`. Learning rates that fall over `max_iter` epochs come down to zero in each round.

parameters = {
    "hidden_layer_sizes": [(16,), (32,), (64,), (32, 16), (64, 32)],
    "activation": ["tanh", "relu"],
    "learning_rate_init": loguniform(1e-3, 1e-1),
    "alpha": loguniform(1e-5, 1e-2),
}
halving = HalvingRandomSearchCV(
    BackpropClassifier(random_state=0),
    parameters,
    n_candidates=27,
    resource="max_iter",
    min_resources=3,
    max_resources=81,
    cv=3,
    random_state=0,
).fit(X_train, y_train)

print("round   epochs   candidates   best accuracy")
results = halving.cv_results_
for n, epochs in enumerate(halving.n_resources_):
    best = results["mean_test_score"][results["iter"] == n].max()
    print(f"{n:5}{epochs:9}{halving.n_candidates_[n]:13}{best:16.3f}")

print(f"\n{'':20}accuracy on test rows")
plain = BackpropClassifier(random_state=0).fit(X_train, y_train)
for name, model in {"defaults": plain, "grid": search, "halving": halving}.items():
    print(f"{name:20}{model.score(X_test, y_test):.3f}")
print(halving.best_params_)

# %%
# Of 450 test rows one is .2 %: these scores don't tell the three apart. The search for a better
# network than that of the defaults has to go on in cross-validation, with more rows than these.
