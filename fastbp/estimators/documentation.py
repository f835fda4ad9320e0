"""The text that the two estimators' docstrings share."""

from .parameters import defaults_of

ACTIVATIONS = """\
    activation : {'identity', 'logistic', 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', 'softplus', \
'softsign', 'silu', 'gelu', 'mish', 'lecun_tanh'}, record, or list of these, default='%s'
        Activation of the hidden layers: one for all, or a list with one per layer. A record with
        formulas of your own works as well, see `fastbp.activations`.
"""

PARAMETERS = """\
    solver : {'sgd', 'adam', 'adamw', 'nadam', 'adagrad', 'rmsprop', 'rprop', 'lbfgs'} or record, \
default='sgd'
        The update rule: gradient descent (with `momentum`), Adam, Adam with decoupled decay of
        weights, Adam with Nesterov's momentum, AdaGrad, RMSprop; iRprop⁻, for full batches; or
        SciPy's L-BFGS-B, for full batches. A record is a rule of your own, see `fastbp.rules`; its
        eta is set to the learning rate.
    alpha : float or 'auto', default='auto'
        Strength of the L2 penalty ½ α Σ w² that each batch adds to its summed error. As in
        scikit-learn the sum is then divided by the batch's size; with ``batch_size=1`` it is not.
        With 'adamw' there is no penalty: each step shrinks the weights to (1 − η α) of them.
        'auto' is the number of inputs (15 at most) over the number of patterns, times the part of
        the error that the first tenth of the epochs does not explain: see
        `fastbp.training.automatic.AutomaticDecay`. In `partial_fit` it is 0. (Of online gradient
        descent without momentum the automatic penalty's value is not part of `loss_`.)
    batch_size : int or 'auto', default=1
        Patterns per update. 'auto' is ``min(200, n_samples)``. Without effect on 'rprop' and
        'lbfgs'.
    learning_rate : {'constant', 'invscaling', 'adaptive', 'cosine', 'linear', 'one_cycle'}, \
default='cosine'
        Schedule: always `learning_rate_init`; ``learning_rate_init / (t_ + 1) ** power_t`` after
        each epoch; a fifth of it whenever training would stop for lack of improvement, until it
        is below 1e-6; down to zero over the epochs of a fit along half a cosine, or a line; up from
        a twenty-fifth and down to almost zero. As in scikit-learn, the second and the third have no
        effect on 'adam'. The last three are gone through to their end, whatever `tol` says, and
        from their beginning in each `fit` with ``warm_start=True``; a stream has no end, so in
        `partial_fit` the rate is constant in their place. Without effect on 'rprop' and 'lbfgs'.
        See `fastbp.schedules`.
    learning_rate_init : float or 'auto', default='auto'
        The learning rate η at the beginning. 'auto' is min(0.03, 0.06 / √n_inputs) for 'sgd', times
        1 − `momentum`; 0.0005 for the others, 0.01 for 'adagrad' and 'rprop'; but for these two it
        is multiplied with the root of the batch's size.
    power_t : float, default=0.5
        Exponent of 'invscaling'.
    max_iter : int or 'auto', default='auto'
        The most epochs. 'auto' is a budget of 100,000 updates, in 20 to 200 epochs (200 times the
        root of the batch's size; fewer than 20 from 50,000 patterns on); 1000 iterations of
        'lbfgs'. To have used it up is no reason to warn.
    shuffle : bool, default=True
        Whether each epoch takes the patterns in a new random order.
    random_state : int, RandomState instance or None, default=None
        Draws initial weights, orders, what drops out, and the validation set. What is drawn goes on
        from call to call of `partial_fit`, and of `fit` with `warm_start`.
    tol : float, default=1e-4
        Improvement of the loss (of the score with `early_stopping`) that counts as one.
    verbose : bool or int, default=False
        Whether to print the loss after each epoch; 2: its learning rate and time as well.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the previous call, or from `coefs_` and
        `intercepts_` that were assigned before the first (they act on standardised input). Means
        and scales stay those of the first call.
    momentum : float in [0, 1], default=0
        Share of the previous update that each update repeats.
    nesterovs_momentum : bool, default=True
        Whether momentum looks ahead (Nesterov). Without effect where ``momentum=0``.
    early_stopping : bool, default=False
        Whether to stop when the score on a validation set stops improving, and keep the weights
        that scored best. The set is ``X_val, y_val`` of `fit`, or else held out, with classes in
        proportion as far as they can be (of several labels, by the rarest of a row).
    validation_fraction : float in [0, 1), default=0.1
        Share of the patterns that is held out.
    beta_1 : float in [0, 1), default=0.9
        Decay of the mean of gradients in 'adam', 'adamw' and 'nadam'.
    beta_2 : float in [0, 1), default=0.999
        Decay of the mean of squared gradients in these and in 'rmsprop'.
    epsilon : float, default=1e-8
        What the root of squared gradients is increased by in these and in 'adagrad'.
    n_iter_no_change : int or inf, default=10
        Epochs without improvement that training goes on for (but see `learning_rate`).
    max_fun : int, default=15000
        The most evaluations of the loss by 'lbfgs'.
    scoring : str, callable or None, default=None
        The score on the validation set: None is %s, "loss" the negative of its loss, other names
        are those of scikit-learn, a callable is called as ``scorer(estimator, X, y)``. Weights of
        the validation set go to a scorer that takes ``sample_weight``.
    warmup_epochs : int, default=0
        Epochs in which the learning rate rises in equal steps, before the schedule begins.
    l1_ratio : float in [0, 1], default=0
        Share ρ of Σ |w| in the penalty, which is α (½ (1 − ρ) Σ w² + ρ Σ |w|).
    dropout : float in [0, 1), or list of one per hidden layer, default=0
        Probability of each hidden unit to be left out of a pattern's training step; the others are
        scaled up by 1 / (1 − dropout), so that nothing changes for predictions.
    max_norm : float or None, default=None
        The largest Euclidean norm of the weights into a unit; they are scaled down after an update.
    clip_norm : float or None, default=None
        The largest Euclidean norm of a gradient; it is scaled down before an update.
    average : bool or int, default=False
        Whether `coefs_` and `intercepts_` are the means over all updates (Polyak averaging), or
        over all from this one on. Training goes on from the weights that are not averaged.
    standardize : bool, default=True
        Whether the network reads ``clip((x - mean_) / scale_, -5, 5)``: columns in their own units
        become comparable, and values of rare categories and skewed columns do no harm. Constant
        columns are left out. Sparse columns are scaled, not centred. %s
        The statistics are those of the rows that `fit` trains with, by their weights. In
        `partial_fit` they follow the rows, before these are used, and remember some hundred of
        them; a value further than the cut counts as one that far. With False everything is as in
        scikit-learn's MLP: no statistics, the same draws, the same numbers.
    dtype : {'float32', 'float64', 'auto'} or None, default=None
        What the network computes in: 'auto' is the dtype of X, and so is None without
        `standardize`; with it None is 'float32', which takes half the time and loses nothing once
        numbers are standardised (that is always done in float64).
"""

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


def documented(cls: type) -> type:
    """Put the shared text into the docstring of an estimator, where it says so."""
    if cls.__doc__:  # None under -OO
        default = defaults_of(cls)["activation"]
        classes = hasattr(cls, "predict_proba")
        score = "the accuracy" if classes else "R²"
        standardized = CLASSIFIER_STANDARDIZE if classes else REGRESSOR_STANDARDIZE
        for mark, text in (
            ("    {activation}\n", ACTIVATIONS % default),
            ("    {parameters}\n", PARAMETERS % (score, standardized.strip())),
            ("    {classifier_parameters}\n", CLASSIFIER_PARAMETERS),
            ("    {attributes}\n", ATTRIBUTES.replace("{units}", "" if classes else UNITS)),
            ("    {notes}\n", NOTES),
        ):
            cls.__doc__ = cls.__doc__.replace(mark, text)
    return cls
