"""The estimators' parameters: of each what it may be, and its text, in one row.

A row becomes the constraint that scikit-learn validates, and a paragraph of both docstrings. The
defaults are in the signatures.
"""

from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import get_scorer_names

from ...activations import ACTIVATIONS
from ...rules import RULES
from ...schedules import SCHEDULES
from .._sklearn import Interval, Options, StrOptions

SKLEARN_SCHEDULES = ("constant", "invscaling", "adaptive")

POSITIVE = Interval(Real, 0, None, closed="neither")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
BELOW_ONE = Interval(Real, 0, 1, closed="left")
COUNT = Interval(Integral, 1, None, closed="left")
AUTO = StrOptions({"auto"})


def one_of(names: Any) -> str:
    """Return the names as docstrings list them."""
    return "{" + ", ".join(map(repr, names)) + "}"


class Row(NamedTuple):
    """What a parameter may be, in scikit-learn's terms and in numpydoc's, and what it is for."""

    constraint: list
    kind: str  # "{default}" stands for the default
    text: str


ROWS = {
    "activation": Row(
        [StrOptions(set(ACTIVATIONS)), list, tuple, np.ndarray],
        one_of(ACTIVATIONS) + ", record, or list of these, default={default}",
        """\
        Activation of the hidden layers: one for all, or a list with one per layer. A record with
        formulas of your own works as well, see `fastbp.activations`.""",
    ),
    "solver": Row(
        [StrOptions({*RULES, "lbfgs"}), tuple],
        one_of([*RULES, "lbfgs"]) + " or record, default='sgd'",
        """\
        The update rule: gradient descent (with `momentum`), Adam, Adam with decoupled decay of
        weights, Adam with Nesterov's momentum, AdaGrad, RMSprop; iRprop⁻, for full batches; or
        SciPy's L-BFGS-B, for full batches. A record is a rule of your own, see `fastbp.rules`; its
        eta is set to the learning rate.""",
    ),
    "alpha": Row(
        [AUTO, NOT_NEGATIVE, tuple],
        "float, 'auto' or record, default='auto'",
        """\
        Strength of the L2 penalty ½ α Σ w² that each batch adds to its summed error. As in
        scikit-learn the sum is then divided by the batch's size; with ``batch_size=1`` it is not.
        With 'adamw' there is no penalty: each step shrinks the weights to (1 − η α) of them.
        'auto' is the number of inputs (15 at most) over the number of patterns, times the part of
        the error that the first tenth of the epochs does not explain: see
        `fastbp.training.automatic.AutomaticDecay`. In `partial_fit` it is 0. (Of online gradient
        descent without momentum the automatic penalty's value is not part of `loss_`.) A record is
        a penalty of your own, see `fastbp.penalties`.""",
    ),
    "batch_size": Row(
        [AUTO, COUNT],
        "int or 'auto', default=1",
        """\
        Patterns per update. 'auto' is ``min(200, n_samples)``. Without effect on 'rprop' and
        'lbfgs'.""",
    ),
    "learning_rate": Row(
        [StrOptions(set(SCHEDULES))],
        one_of(SCHEDULES) + ", default='cosine'",
        """\
        Schedule: always `learning_rate_init`; ``learning_rate_init / (t_ + 1) ** power_t`` after
        each epoch; a fifth of it whenever training would stop for lack of improvement, until it
        is below 1e-6; down to zero over the epochs of a fit along half a cosine, or a line; up from
        a twenty-fifth and down to almost zero. As in scikit-learn, the second and the third have no
        effect on 'adam'. The last three are gone through to their end, whatever `tol` says, and
        from their beginning in each `fit` with ``warm_start=True``; a stream has no end, so in
        `partial_fit` the rate is constant in their place. Without effect on 'rprop' and 'lbfgs'.
        See `fastbp.schedules`.""",
    ),
    "learning_rate_init": Row(
        [AUTO, POSITIVE],
        "float or 'auto', default='auto'",
        """\
        The learning rate η at the beginning. 'auto' is min(0.03, 0.06 / √n_inputs) for 'sgd', times
        1 − `momentum`; 0.0005 for the others, 0.01 for 'adagrad' and 'rprop'; but for these two it
        is multiplied with the root of the batch's size.""",
    ),
    "power_t": Row(
        [NOT_NEGATIVE],
        "float, default=0.5",
        """\
        Exponent of 'invscaling'.""",
    ),
    "max_iter": Row(
        [AUTO, COUNT],
        "int or 'auto', default='auto'",
        """\
        The most epochs. 'auto' is a budget of 100,000 updates, in 20 to 200 epochs (200 times the
        root of the batch's size; fewer than 20 from 50,000 patterns on); 1000 iterations of
        'lbfgs'. To have used it up is no reason to warn.""",
    ),
    "shuffle": Row(
        ["boolean"],
        "bool, default=True",
        """\
        Whether each epoch takes the patterns in a new random order. A memory map, an array in a
        file, or one in another dtype than float32 and float64, of more than 2^21 numbers, is
        shuffled on two levels, so that it is read in runs of neighbouring rows: runs of 2^14
        numbers come in random order, and are put together in windows of 2^21, in each of which the
        patterns come in random order. With `fastbp.fit_blocks`, windows are of rows as they
        come.""",
    ),
    "random_state": Row(
        ["random_state"],
        "int, RandomState instance or None, default=None",
        """\
        Draws initial weights, orders, what drops out, and the validation set. What is drawn goes on
        from call to call of `partial_fit`, and of `fit` with `warm_start`.""",
    ),
    "tol": Row(
        [NOT_NEGATIVE],
        "float, default=1e-4",
        """\
        Improvement of the loss (of the score with `early_stopping`) that counts as one.""",
    ),
    "verbose": Row(
        ["verbose"],
        "bool or int, default=False",
        """\
        Whether to print the loss after each epoch; 2: its learning rate and time as well.""",
    ),
    "warm_start": Row(
        ["boolean"],
        "bool, default=False",
        """\
        Whether `fit` starts from the weights of the previous call, or from `coefs_` and
        `intercepts_` that were assigned before the first (they act on standardised input). Means
        and scales stay those of the first call.""",
    ),
    "momentum": Row(
        [Interval(Real, 0, 1, closed="both")],
        "float in [0, 1], default=0",
        """\
        Share of the previous update that each update repeats.""",
    ),
    "nesterovs_momentum": Row(
        ["boolean"],
        "bool, default=True",
        """\
        Whether momentum looks ahead (Nesterov). Without effect where ``momentum=0``.""",
    ),
    "early_stopping": Row(
        ["boolean"],
        "bool, default=False",
        """\
        Whether to stop when the score on a validation set stops improving, and keep the weights
        that scored best. The set is ``X_val, y_val`` of `fit`, or else held out, with classes in
        proportion as far as they can be (of several labels, by the rarest of a row).""",
    ),
    "validation_fraction": Row(
        [BELOW_ONE],
        "float in [0, 1), default=0.1",
        """\
        Share of the patterns that is held out. Where a table is read in runs, see `shuffle`, they
        are read anew in each epoch: ``X_val, y_val`` cost less.""",
    ),
    "beta_1": Row(
        [BELOW_ONE],
        "float in [0, 1), default=0.9",
        """\
        Decay of the mean of gradients in 'adam', 'adamw' and 'nadam'.""",
    ),
    "beta_2": Row(
        [BELOW_ONE],
        "float in [0, 1), default=0.999",
        """\
        Decay of the mean of squared gradients in these and in 'rmsprop'.""",
    ),
    "epsilon": Row(
        [POSITIVE],
        "float, default=1e-8",
        """\
        What the root of squared gradients is increased by in these and in 'adagrad'.""",
    ),
    "n_iter_no_change": Row(
        [COUNT, Options(Real, {np.inf})],
        "int or inf, default=10",
        """\
        Epochs without improvement that training goes on for (but see `learning_rate`).""",
    ),
    "max_fun": Row(
        [COUNT],
        "int, default=15000",
        """\
        The most evaluations of the loss by 'lbfgs'.""",
    ),
    "scoring": Row(
        [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "str, callable or None, default=None",
        """\
        The score on the validation set: None is {score}, "loss" the negative of its loss, other
        names are those of scikit-learn, a callable is called as ``scorer(estimator, X, y)``.
        Weights of the validation set go to a scorer that takes ``sample_weight``.""",
    ),
    "warmup_epochs": Row(
        [Interval(Integral, 0, None, closed="left")],
        "int, default=0",
        """\
        Epochs in which the learning rate rises in equal steps, before the schedule begins.""",
    ),
    "l1_ratio": Row(
        [Interval(Real, 0, 1, closed="both")],
        "float in [0, 1], default=0",
        """\
        Share ρ of Σ |w| in the penalty, which is α (½ (1 − ρ) Σ w² + ρ Σ |w|).""",
    ),
    "dropout": Row(
        [BELOW_ONE, list, tuple, np.ndarray],
        "float in [0, 1), or list of one per hidden layer, default=0",
        """\
        Probability of each hidden unit to be left out of a pattern's training step; the others are
        scaled up by 1 / (1 − dropout), so that nothing changes for predictions.""",
    ),
    "max_norm": Row(
        [POSITIVE, None],
        "float or None, default=None",
        """\
        The largest Euclidean norm of the weights into a unit; they are scaled down after an
        update.""",
    ),
    "clip_norm": Row(
        [POSITIVE, None],
        "float or None, default=None",
        """\
        The largest Euclidean norm of a gradient; it is scaled down before an update.""",
    ),
    "average": Row(
        ["boolean", COUNT],
        "bool or int, default=False",
        """\
        Whether `coefs_` and `intercepts_` are the means over all updates (Polyak averaging), or
        over all from this one on. Training goes on from the weights that are not averaged.""",
    ),
    "standardize": Row(
        ["boolean"],
        "bool, default=True",
        """\
        Whether the network reads ``clip((x - mean_) / scale_, -5, 5)``: columns in their own units
        become comparable, and values of rare categories and skewed columns do no harm. Constant
        columns are left out. Sparse columns are scaled, not centred. {target}
        The statistics are those of the rows that `fit` trains with, by their weights. In
        `partial_fit` they follow the rows, before these are used, and remember some hundred of
        them; a value further than the cut counts as one that far. With False everything is as in
        scikit-learn's MLP: no statistics, the same draws, the same numbers.""",
    ),
    "missing_targets": Row(
        [StrOptions({"error", "ignore"})],
        "{'error', 'ignore'}, default='error'",
        """\
        What NaN in y is: an error, or a target that is missing. That output has no error and no δ
        in this row then, which teaches the others; a row without any is as one whose error is zero
        (it counts for the statistics of columns, and weights decay). For regression, 1-D y
        included, and for labels in an indicator matrix. `loss_` stays the mean over all rows. The
        score on a validation set, and `score`, are R² averaged over outputs, of the targets that
        are there, and the accuracy of rows with a label, right where all are that are there; a
        scorer of your own gets the NaN.""",
    ),
    "new_features": Row(
        [StrOptions({"error", "ignore", "add"})],
        "{'error', 'ignore', 'add'}, default='error'",
        """\
        What `partial_fit` does with data frames that have other columns than those before: refuse
        them, leave out the columns that are unknown, or add these to the first layer. The last two
        take columns by their names, in any order, in predictions as well, where unknown ones are
        left out. A column that is missing counts as its mean, 0 without `standardize`, and not for
        its statistics. Weights of new columns are drawn as at the start, for as many inputs as
        there are then, and nothing else changes: predictions for rows without them stay as they
        were. Their statistics begin with the first row that has the column.""",
    ),
    "dtype": Row(
        [StrOptions({"float32", "float64", "auto"}), None],
        "{'float32', 'float64', 'auto'} or None, default=None",
        """\
        What the network computes in: 'auto' is the dtype of X, and so is None without
        `standardize`; with it None is 'float32', which takes half the time and loses nothing once
        numbers are standardised (that is always done in float64).""",
    ),
    "n_init": Row(
        [COUNT],
        "int, default=1",
        """\
        How many times `fit` trains, from other initial weights and with other orders each time. The
        network with the lowest final `loss_` is kept, with `early_stopping` the one with the best
        score; those that diverge do not count, unless all do. What is read, checked and
        standardised is so once, the first start is that of ``n_init=1``, and as many threads train
        as scikit-learn's own estimators take, which has no influence on the result. As for
        scikit-learn's mixtures it is for new weights: without effect on `partial_fit`, and on `fit`
        where ``warm_start=True`` goes on from what is there.""",
    ),
    "shortcuts": Row(
        ["boolean"],
        "bool, default=False",
        """\
        Whether each layer reads the inputs and all hidden layers before it, and not only the one
        below. ``coefs_[l]`` has a row for each unit that layer l reads then, in the order inputs,
        first hidden layer, second, ...; it is a copy that nobody can write to: assign another list
        to change weights.""",
    ),
    "connections": Row(
        [list, tuple, None],
        "list of bool ndarray or None, default=None",
        """\
        Which connections there are: an array for each layer, in the shape of ``coefs_[l]``. Where
        it is False the weight is zero and stays so, under any rule and penalty, and no δ passes.
        With `shortcuts` that is every network whose units can be brought into an order in which
        each reads earlier ones only. None is all of them. Every unit must read something; biases
        are always there.""",
    ),
}
"""The rows that both estimators have, but for ``hidden_layer_sizes`` and ``loss``."""

CONSTRAINTS: dict = {"hidden_layer_sizes": ["array-like", COUNT]}
CONSTRAINTS |= {name: row.constraint for name, row in ROWS.items()}
