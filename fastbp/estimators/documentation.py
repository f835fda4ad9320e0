"""The text that the two estimators' docstrings share."""

import textwrap

from .parameters.table import ROWS
from .parameters.whole import defaults_of

CLASSIFIER_STANDARDIZE = ""
REGRESSOR_STANDARDIZE = """\
The
        target is standardised as well, and cut at ±10, for the losses that do not mind:
        'squared_error', 'absolute_error', 'huber' (whose threshold is in standard deviations then)
        and 'quantile'; for 'poisson' it is scaled only. Predictions are in the user's units.
"""

ATTRIBUTES = """\
    coefs_ : list of ndarray of shape (fan_in, fan_out)
        The weights of each layer, views of the network's own until it is trained further: changes
        take effect, and so does assigning others. They act on standardised input; on raw input, as
        long as nothing is cut, it is ``coefs_[0] / scale_[:, None]`` and
        ``intercepts_[0] - mean_ / scale_ @ coefs_[0]``.
    intercepts_ : list of ndarray of shape (fan_out,)
        The biases of each layer, views as well.
    mean_, scale_ : ndarray of shape (n_features_in_,) or None
        Mean and standard deviation of each column (1 for a constant one); None without
        `standardize`. `mean_` is 0 for sparse columns, which are not centred; their scale is at
        least a quarter of their mean.
    {units}loss_ : float
        The last epoch's mean of E_p, each before the update for p, penalty included; of
        standardised targets.
    loss_curve_ : list of float
        That of each epoch; in a stream, by `partial_fit`, of the last 1000 calls.
    running_loss_ : float
        The mean loss of the last 1000 patterns or so, those of a stream over its calls.
    best_loss_ : float or None
        The smallest so far; None with `early_stopping`.
    validation_scores_ : list of float or None
        Scores on the validation set after each epoch; None where there is none. In a stream, of
        the last 1000 calls.
    validation_loss_curve_ : list of float or None
        Means of E_p on the validation set after each epoch, without penalty.
    best_validation_score_ : float or None
        The best score so far. A fit with ``warm_start=True`` and ``X_val`` given begins with the
        score that the network has on that set.
    n_iter_ : int
        Epochs of the last fit.
    t_ : int
        Patterns trained with in all.
    n_layers_, n_outputs_ : int
        Numbers of layers, inputs and outputs included, and of outputs.
    out_activation_ : str
        The output activation.
    n_features_in_ : int
        Number of inputs.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the inputs, where X had any.
"""

CLASSIFIER_PARAMETERS = """\
    class_weight : dict, 'balanced' or None, default=None
        What E_p costs by class, 1 where a dict does not say; 'balanced' is ``n_samples /
        (n_classes * count)``. Other than sample weights these costs are not relative within a
        batch. A class of weight zero is not trained with.
    label_smoothing : float in [0, 1), default=0
        Share s by which targets 0 and 1 are drawn towards the middle, (1 − s) d + s / n_classes.
    new_classes : {'error', 'add'}, default='error'
        What `partial_fit` does with labels that are not in `classes_`, where each row has one:
        refuse them, or add an output for each. Its weights are drawn as at the start, its bias is
        so low that the classes predicted for known input stay what they were until the next
        update, and ratios of their probabilities: its odds begin with about one in √(``t_`` + 1).
        Where two classes become more, their one output z becomes the two of a softmax, −z/2 and
        z/2. `classes_` stays sorted, unless there are labels that cannot be.
"""

NOTES = """\
    The objective of a batch is (Σ_p s_p c_p E_p + ½ α Σ w²) / Σ_p s_p, with the sample weights s_p
    as in scikit-learn, and the costs c_p of classes. Sample weights are relative within their
    batch. With ``batch_size=1`` they would cancel; there they are costs as well, which is the one
    difference to scikit-learn's numbers: in `fit` relative to their mean, in `partial_fit` as they
    are, so that a row of weight 3 counts like three. Where a cost is above 4, the row is trained
    with several times, with a part of it each. A row of weight zero is not there, for any batch
    size.

    While a call trains, the estimator is what it was before: other threads may predict, and those
    that would train it wait. A call that fails leaves it so. Training that diverges fails, and says
    in which epoch and why; a fit that is no better than a constant warns. Ctrl-C ends a fit that
    was called directly with a warning, and leaves the model of the last finished epoch; it reaches
    the caller before the first, where somebody else's loop called (a search, cross-validation),
    and from `partial_fit`.
"""

UNITS = """\
y_mean_, y_scale_ : ndarray of shape (n_outputs_,) or None
        Of the target, ``prediction = y_mean_ + y_scale_ * output``; None without `standardize`.
    """


ENSEMBLE_PARAMETERS = """\
    n_estimators : int, default=8
        How many networks there are.
    n_jobs : int or None, default=None
        How many threads train them. None is as many as scikit-learn's own estimators take,
        OMP_NUM_THREADS and joblib limit them; -1 is one for each core.
"""

ENSEMBLE_ATTRIBUTES = """\
    estimators_ : list of estimators of shape (n_estimators,)
        The networks, each complete: with a seed as `random_state`, drawn from that of the ensemble,
        curves, ``predict``, ``partial_fit``. Further calls put others in their places.
    n_features_in_ : int
        Number of inputs.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the inputs, where X had any.
    n_outputs_ : int
        Number of outputs of each network.
    n_iter_ : int
        Epochs of the last fit, of the network that took the most.
"""

ENSEMBLE_NOTES = """\
    All networks are trained, or none: a call that fails, because one of them diverges, or that is
    interrupted by Ctrl-C leaves the ensemble as it was. The interrupt reaches the caller, whatever
    has been trained.

    `fit` with ``warm_start=True``, `partial_fit` and `learn_one` let each network go on from where
    it is, with the parameters that the ensemble has then; `n_estimators` must stay the same.
    With `n_init` each network is the best of so many. With `early_stopping` each stops by itself.
"""


def paragraphs(names: dict, **values: str) -> str:
    """Return the paragraphs of these parameters."""
    result = []
    for name, row in names.items():
        kind, text = row.kind, textwrap.dedent(row.text)
        for mark, value in values.items():
            kind, text = (one.replace(f"{{{mark}}}", value) for one in (kind, text))
        text = textwrap.indent(text, "    ")
        result.append(textwrap.indent(f"{name} : {kind}\n{text}\n", "    "))
    return "".join(result)


def documented(cls: type, network: type | None = None) -> type:
    """Put the shared text into the docstring of an estimator, where it says so.

    `network` is whose parameters it has, where that is another.
    """
    if cls.__doc__:  # None under -OO
        default = repr(defaults_of(network or cls)["activation"])
        classes = hasattr(cls, "predict_proba")
        score = "the accuracy" if classes else "R²"
        standardized = CLASSIFIER_STANDARDIZE if classes else REGRESSOR_STANDARDIZE
        target = textwrap.dedent(standardized.replace("The\n", "        The\n", 1)).strip()
        values = {"default": default, "score": score, "target": target}
        rows = dict(ROWS)
        activation = {"activation": rows.pop("activation")}
        for mark, text in (
            ("    {activation}\n", paragraphs(activation, **values)),
            ("    {parameters}\n", paragraphs(rows, **values)),
            ("    {classifier_parameters}\n", CLASSIFIER_PARAMETERS),
            ("    {attributes}\n", ATTRIBUTES.replace("{units}", "" if classes else UNITS)),
            ("    {notes}\n", NOTES),
            ("    {ensemble_parameters}\n", ENSEMBLE_PARAMETERS),
            ("    {ensemble_attributes}\n", ENSEMBLE_ATTRIBUTES),
            ("    {ensemble_notes}\n", ENSEMBLE_NOTES),
        ):
            cls.__doc__ = cls.__doc__.replace(mark, text)
    return cls
