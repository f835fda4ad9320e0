"""Data-parallel training of one model over the partitions of a Dask array or data frame."""

import copy
from numbers import Integral
from typing import Any

import dask
import numpy as np

from ..estimators._sklearn import _fit_context
from ..estimators.base import BaseBackprop
from ..estimators.callbacks import Observer
from ..estimators.draft import Draft, lock_of
from ..estimators.one_row.route import drop
from ..estimators.parameters.combinations import check_combinations
from ..estimators.preparation import settings_of
from ..training.epochs import fit_epochs
from ..training.failures import SEEN, constant_error
from ..training.progress import Settings, Task
from .cluster import Cluster, sent
from .partitions import Partition, partitions_of
from .rounds import AveragingTrainer, Order
from .survey import Survey, Surveyed, of_all, surveyed
from .tasks import n_patterns, prepared


def fit_partitions(
    estimator: BaseBackprop,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    client: Any = None,
    rounds: int | None = None,
    *,
    rounds_per_epoch: int = 1,
) -> Any:
    """Train an estimator on the partitions of Dask's arrays or data frames, in parallel.

    In each round every partition trains the network from common weights, by itself and as `fit`
    would: online, if the estimator does not say otherwise. Then weights, and what the update rule
    remembers, become the mean of theirs, by the rows they were trained with (local SGD; McMahan and
    others, 2017). The result depends on the partitions and on ``random_state``, to the last bit,
    and not on how many workers there are, which of them do what, or whether some are lost on the
    way: what these had done is done again.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        It is trained: by its parameters, from new weights unless ``warm_start=True``.
    X : dask.array.Array of shape (n_rows, n_features), or dask.dataframe.DataFrame
        The input. Partitions are runs of whole rows and may differ in length, which need not be
        known before. Each must have rows, the same columns, and fit into a worker's memory. More of
        them keep more workers busy, and cost accuracy: each takes as many steps as it has rows.
    y : dask.array.Array of shape (n_rows,) or (n_rows, n_outputs), or dask.dataframe.Series
        The targets, partitioned as X is. The classes are those of all partitions.
    sample_weight : dask.array.Array of shape (n_rows,) or dask.dataframe.Series, default=None
        Weights, partitioned as X is; they act as in `fit`.
    client : distributed.Client, default=None
        Of the cluster to train on. None for Dask's default: the client that was made last, or if
        there is none, Dask's scheduler in this process, its threads as a rule.
    rounds : int, default=None
        How many rounds; None for as many as it takes to go `max_iter` times through all rows.
    rounds_per_epoch : int, default=1
        Rounds in which the rows are gone through once: each trains with a part of every partition.
        `rounds` must be a multiple of it.

    Returns
    -------
    estimator : BackpropClassifier or BackpropRegressor
        The estimator, fitted as by `fit`.

    Raises
    ------
    ConnectionError
        If the cluster's scheduler is lost.
    TypeError
        If the estimator is none of ours, or X, y or weights are not Dask's.
    ValueError
        If `fit` would refuse the data, or partitions do not fit together; it names the partition,
        and the row in it. Whatever is raised, the estimator is what it was before.

    Notes
    -----
    The data are read twice: to look at them, before any weight changes, and to standardise them,
    after which each worker keeps its partitions in the network's dtype. Means, scales and classes
    are those of all rows. The learning rate, automatic penalties, stopping, ``verbose`` and
    callbacks go by epochs, as in `fit`; callbacks get a sample of the rows. Rows are shuffled
    within their partition, in an order that follows from ``random_state``, the partition's number
    and the epoch. Dask's dashboard shows the tasks: `surveyed`, `prepared`, and in each round
    `trained` and `added`.

    Bits are the same on machines whose processors have vectors of the same width.

    Not for full batches (``solver="lbfgs"`` and ``"rprop"``), ``early_stopping=True``, sparse
    partitions and missing targets.

    Examples
    --------
    >>> import dask.array as da
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.distributed import fit_partitions
    >>> X = da.random.default_rng(0).normal(size=(30, 2), chunks=(10, 2))
    >>> fit_partitions(BackpropRegressor((4,), random_state=0), X, X.sum(axis=1), rounds=9).n_iter_
    9
    """
    if not isinstance(estimator, BaseBackprop):
        raise TypeError(
            "fit_partitions trains a BackpropClassifier or a BackpropRegressor, got "
            f"{type(estimator).__name__}: of a Pipeline give the last step, and transform the "
            "partitions before, by map_blocks or map_partitions"
        )
    _check_count("rounds_per_epoch", rounds_per_epoch)
    if rounds is not None:
        _check_count("rounds", rounds)
    if rounds is not None and rounds % rounds_per_epoch:
        raise ValueError(
            f"rounds must be a multiple of rounds_per_epoch, {rounds_per_epoch}, got {rounds}"
        )
    if estimator.solver in ("lbfgs", "rprop"):
        raise ValueError(
            f"solver={estimator.solver!r} needs all rows for each step: take 'sgd' or 'adam'"
        )
    if estimator.early_stopping:
        raise ValueError(
            "early_stopping=True: partitions are not held out. Set it to False, and rounds or "
            "max_iter to what a validation set allows"
        )
    partitions = partitions_of(X, y, sample_weight)
    n_epochs = None if rounds is None else int(rounds) // rounds_per_epoch
    with lock_of(estimator):
        return _fit(estimator, partitions, Cluster(client), n_epochs, int(rounds_per_epoch))


def _check_count(name: str, number: Any) -> None:
    """Refuse what is no number of rounds."""
    if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
        raise ValueError(f"{name} must be an integer ≥ 1, got {number!r}")


@_fit_context(prefer_skip_nested_validation=True)
def _fit(
    estimator: Any,
    partitions: list[Partition],
    cluster: Cluster,
    n_epochs: int | None,
    rounds_per_epoch: int,
) -> Any:
    """Train a draft of the estimator, which it becomes when that is done."""
    check_combinations(estimator)
    drop(estimator)  # single rows wait until this has ended
    anew = not (estimator._is_trained() and estimator.warm_start)
    draft = Draft(estimator, goes_on=not anew)
    draft.will_draw()
    try:
        survey = _survey(estimator, partitions, cluster)
        _begin(draft, survey, anew=anew)
        _train(draft, survey, partitions, cluster, n_epochs, rounds_per_epoch)
        draft.take_over()
    except BaseException:
        draft.drop()
        raise
    return estimator


def _survey(estimator: Any, partitions: list[Partition], cluster: Cluster) -> Survey:
    """Return what is known of all partitions."""
    model, look = sent(estimator), dask.delayed(surveyed, pure=False)
    taken = max(1, SEEN // len(partitions))
    tasks = [look(model, number, *part, taken) for number, part in enumerate(partitions)]
    return of_all(cluster.results(tasks, "partitions were looked at"))


def _begin(draft: Draft, survey: Survey, *, anew: bool) -> None:
    """Let the draft have a network for such data."""
    model = draft.estimator
    hidden = model._hidden_layer_sizes()
    X, y, _ = model._validated(survey.sample(), survey.y, None, anew=anew, incremental=False)
    y = y if survey.labels is None else survey.labels  # the sample may lack some
    y = model._validate_target(y, incremental=False)
    sizes = [X.shape[1], *hidden, model._count_outputs(y)]
    model._network_for(sizes, X, None, anew=anew, incremental=False)
    model._begin_notes(draft.progress, anew=anew, validated=False, incremental=False)
    if model.standardize and anew:
        every = np.arange(len(X))
        model._note_rows(Surveyed(X, survey), survey.y, None, every, None, anew=True)


def _told(model: Any, survey: Survey) -> Any:
    """Return the model for the partitions, to which classes are balanced over all of them."""
    if survey.labels is None or survey.counts is None or model.class_weight != "balanced":
        return model
    told, there = copy.copy(model), survey.counts > 0
    weights = survey.counts.sum() / (there.sum() * survey.counts[there])
    told.class_weight = dict(zip(survey.labels[there].tolist(), weights.tolist(), strict=True))
    return told


def _train(
    draft: Draft,
    survey: Survey,
    partitions: list[Partition],
    cluster: Cluster,
    n_epochs: int | None,
    rounds_per_epoch: int,
) -> None:
    """Train the draft's network, epoch after epoch."""
    model, told = draft.estimator, _told(draft.estimator, survey)
    relative = model.batch_size == 1 or model.alpha == "auto"
    unit = survey.unit() if relative else 1.0
    X = survey.sample()
    sample = prepared(told, 0, X, survey.y, survey.sample_weight, unit)
    knowing, ready = sent(told), dask.delayed(prepared, pure=False)
    parts = [ready(knowing, number, *part, unit) for number, part in enumerate(partitions)]
    parts = cluster.kept(parts)
    count = dask.delayed(n_patterns, pure=False)
    lengths = cluster.results([count(part) for part in parts], "partitions were standardised")
    if not any(lengths):
        raise ValueError("class_weight: the weight of some class in y must be positive")
    network, constant = model._network(), None
    if model.standardize:
        constant = constant_error(
            model._formulas.loss, sample.patterns, sample.order, network.dtype
        )
    order: Any = Order(sum(lengths), sample.order)
    size = model._batch_size(len(order), incremental=False)
    settings = Settings._make(settings_of(model))
    task = Task(
        sample.patterns,
        order,
        None,
        n_epochs or model._n_epochs(len(order), size),
        False,
        constant,
        None,
        settings,
        draft.progress,
        None if model.mean_ is None else model._moments,
        getattr(model, "feature_names_in_", None),
    )
    trainer = AveragingTrainer(
        model._method(task, size),
        cluster,
        parts,
        lengths,
        shuffle=settings.shuffle,
        seed=model._random_state.randint(2**31 - 1),
        n_runs=rounds_per_epoch,
    )
    observer = Observer.of(
        draft.original, model, X, survey.y, task._replace(order=np.arange(len(X)))
    )
    fit_epochs(trainer, task, model._random_state, observer)
    if observer is not None:
        observer.end()
