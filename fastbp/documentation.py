"""The text that the two estimators' docstrings share."""

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
        SciPy's L-BFGS-B, for full batches. For the rules from 'adam' to 'rmsprop' a
        `learning_rate_init` of 0.001 is a usual one ('adagrad': 0.01). A record is a rule of your
        own, see `fastbp.rules`; its eta is set to the learning rate.
    alpha : float, default=0
        Strength of the L2 penalty ½ α Σ w² that each batch adds to its summed error. As in
        scikit-learn the sum is then divided by the batch's size; with ``batch_size=1`` it is not.
        With 'adamw' there is no penalty: each step shrinks the weights to (1 − η α) of them.
    batch_size : int or 'auto', default=1
        Patterns per update. 'auto' is ``min(200, n_samples)``. Without effect on 'rprop' and
        'lbfgs'.
    learning_rate : {'constant', 'invscaling', 'adaptive', 'cosine', 'linear', 'one_cycle'}, \
default='constant'
        Schedule: always `learning_rate_init`; ``learning_rate_init / (t_ + 1) ** power_t`` after
        each epoch; a fifth of it whenever training would stop for lack of improvement, until it
        is below 1e-6; down to zero over `max_iter` epochs along half a cosine, or a line; up from a
        twenty-fifth and down to almost zero. As in scikit-learn, the second and the third have no
        effect on 'adam'. See `fastbp.schedules`.
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
    beta_1 : float in [0, 1), default=0.9
        Decay of the mean of gradients in 'adam', 'adamw' and 'nadam'.
    beta_2 : float in [0, 1), default=0.999
        Decay of the mean of squared gradients in these and in 'rmsprop'.
    epsilon : float, default=1e-8
        What the root of squared gradients is increased by in these and in 'adagrad'.
    n_iter_no_change : int or inf, default=10
        Epochs without improvement that training goes on for.
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

CLASSIFIER_PARAMETERS = """\
    class_weight : dict, 'balanced' or None, default=None
        What E_p costs by class, 1 where a dict does not say; 'balanced' is ``n_samples /
        (n_classes * count)``. Other than sample weights these costs are not relative within a
        batch, and act with ``batch_size=1`` as well. A class of weight zero is not trained with.
    label_smoothing : float in [0, 1), default=0
        Share s by which targets 0 and 1 are drawn towards the middle, (1 − s) d + s / n_classes.
"""

NOTES = """\
    The objective of a batch is (Σ_p s_p c_p E_p + ½ α Σ w²) / Σ_p s_p, with the sample weights s_p
    as in scikit-learn, and the costs c_p of classes. Sample weights are relative within their
    batch: with ``batch_size=1`` they cancel from the error. A row of weight zero is not there, for
    any batch size.
"""


def documented(cls: type) -> type:
    """Put the shared text into the docstring of an estimator, where it says so."""
    if cls.__doc__:  # None under -OO
        default = cls.__init__.__kwdefaults__["activation"]
        score = "the accuracy" if hasattr(cls, "predict_proba") else "R²"
        for mark, text in (
            ("    {activation}\n", ACTIVATIONS % default),
            ("    {parameters}\n", PARAMETERS % score),
            ("    {classifier_parameters}\n", CLASSIFIER_PARAMETERS),
            ("    {attributes}\n", ATTRIBUTES),
            ("    {notes}\n", NOTES),
        ):
            cls.__doc__ = cls.__doc__.replace(mark, text)
    return cls
