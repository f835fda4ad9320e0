"""The text that the two estimators' docstrings share."""

ACTIVATIONS = """\
    activation : {'identity', 'logistic', 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', 'softplus', \
'softsign', 'silu', 'gelu', 'mish', 'lecun_tanh'}, record, or list of these, default='%s'
        Activation of the hidden layers: one for all, or a list with one per layer. A record with
        formulas of your own works as well, see `fastbp.activations`.
"""

PARAMETERS = """\
    solver : {'sgd'}, default='sgd'
        Stochastic gradient descent.
    alpha : float, default=0
        Strength of the L2 penalty ½ α Σ w² that each batch adds to its summed error. As in
        scikit-learn the sum is then divided by the batch's size; with ``batch_size=1`` it is not.
    batch_size : int or 'auto', default=1
        Patterns per update. 'auto' is ``min(200, n_samples)``.
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        Schedule: always `learning_rate_init`; ``learning_rate_init / (t_ + 1) ** power_t`` after
        each epoch; or a fifth of it whenever training would stop for lack of improvement, until it
        is below 1e-6.
    learning_rate_init : float, default=0.004
        The learning rate η at the beginning.
    power_t : float, default=0.5
        Exponent of 'invscaling'.
    max_iter : int, default=50
        The most epochs.
    shuffle : bool, default=True
        Whether each epoch takes the patterns in a new random order.
    random_state : int, RandomState instance or None, default=None
        Draws initial weights, orders and the validation set.
    tol : float, default=1e-4
        Improvement of the loss (of the score with `early_stopping`) that counts as one.
    verbose : bool or int, default=False
        Whether to print the loss after each epoch.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the previous call.
    momentum : float in [0, 1], default=0
        Share of the previous update that each update repeats.
    nesterovs_momentum : bool, default=True
        Whether momentum looks ahead (Nesterov). Without effect where ``momentum=0``.
    early_stopping : bool, default=False
        Whether to stop when the score on a validation set stops improving, and keep the weights
        that scored best. The set is ``X_val, y_val`` of `fit`, or else held out.
    validation_fraction : float in [0, 1), default=0.1
        Share of the patterns that is held out.
    n_iter_no_change : int or inf, default=10
        Epochs without improvement that training goes on for.
    scoring : str, callable or None, default=None
        The score on the validation set: None is %s, "loss" the negative of its loss, other names
        are those of scikit-learn, a callable is called as ``scorer(estimator, X, y)``. Weights of
        the validation set go to a scorer that takes ``sample_weight``.
"""

ATTRIBUTES = """\
    coefs_ : list of ndarray of shape (fan_in, fan_out)
        The weights of each layer, views of the network's own: changes take effect, and so does
        assigning others.
    intercepts_ : list of ndarray of shape (fan_out,)
        The biases of each layer, views as well.
    loss_ : float
        The last epoch's mean of E_p, each before the update for p, penalty included.
    loss_curve_ : list of float
        That of each epoch.
    best_loss_ : float or None
        The smallest so far; None with `early_stopping`.
    validation_scores_ : list of float or None
        Scores on the validation set after each epoch; None where there is none.
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

NOTES = """\
    The objective of a batch is (Σ_p s_p E_p + ½ α Σ w²) / Σ_p s_p with the sample weights s_p, as
    in scikit-learn. Weights are relative within their batch: with ``batch_size=1`` they cancel from
    the error. A row of weight zero is not there, for any batch size.
"""


def documented(cls: type) -> type:
    """Put the shared text into the docstring of an estimator, where it says so."""
    if cls.__doc__:  # None under -OO
        default = cls.__init__.__kwdefaults__["activation"]
        score = "the accuracy" if hasattr(cls, "predict_proba") else "R²"
        for mark, text in (
            ("    {activation}\n", ACTIVATIONS % default),
            ("    {parameters}\n", PARAMETERS % score),
            ("    {attributes}\n", ATTRIBUTES),
            ("    {notes}\n", NOTES),
        ):
            cls.__doc__ = cls.__doc__.replace(mark, text)
    return cls
