"""
A search by Optuna
==================

Optuna chooses depth, width, activation, rate and penalty, and prunes what falls behind.

Each trial trains with `partial_fit`, pass by pass, and tells Optuna its score after each of them;
the kernels of an activation are compiled once. Run ``python examples/optuna_search.py`` (or with a
number of trials); it needs ``pip install optuna``.
"""

import sys
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from fastbp import BackpropClassifier

try:
    import optuna
except ImportError:
    sys.exit("This example needs Optuna: pip install optuna")

PASSES = 12
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, random_state=0, stratify=y_train)


def model_of(trial: optuna.trial.BaseTrial) -> BackpropClassifier:
    """Return the network that a trial asks for."""
    depth = trial.suggest_int("depth", 1, 2)
    return BackpropClassifier(
        tuple(trial.suggest_int(f"units_{n}", 8, 64, log=True) for n in range(depth)),
        activation=trial.suggest_categorical("activation", ["relu", "tanh"]),
        learning_rate_init=trial.suggest_float("learning_rate_init", 1e-3, 1e-1, log=True),
        alpha=trial.suggest_float("alpha", 1e-6, 1e-2, log=True),
        random_state=0,
    )


def objective(trial: optuna.Trial) -> float:
    """Return the accuracy on rows that are not trained with."""
    model, order = model_of(trial), np.random.default_rng(0)
    for step in range(PASSES):
        rows = order.permutation(len(X_fit))
        model.partial_fit(X_fit[rows], y_fit[rows], classes=np.unique(y))
        score = model.score(X_val, y_val)
        trial.report(score, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return score


def main(n_trials: int) -> None:
    """Search, and score the best network on rows that no trial has seen."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=2),
    )
    start = time.perf_counter()
    study.optimize(objective, n_trials)
    seconds = time.perf_counter() - start
    pruned = sum(trial.state == optuna.trial.TrialState.PRUNED for trial in study.trials)
    print(f"{n_trials} trials in {seconds:.1f} s, {pruned} of them pruned")
    print(f"best on validation rows: {study.best_value:.3f} with {study.best_params}")
    best = model_of(optuna.trial.FixedTrial(study.best_params)).fit(X_train, y_train)
    print(f"fitted on all training rows, accuracy on test rows: {best.score(X_test, y_test):.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
