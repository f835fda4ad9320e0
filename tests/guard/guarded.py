"""What `fit` and `predict` run, on guarded memory: the package with other allocators."""

from types import SimpleNamespace

import cases
import numpy as np
import scipy.sparse
from pages import Guard, is_guarded

from fastbp.compiling.jit import Kernel
from fastbp.estimators.parameters.formulas import activation_for
from fastbp.kernels.batches.minibatch import batches
from fastbp.kernels.descent import Formulas
from fastbp.kernels.lazy import untouched
from fastbp.kernels.rows.catalogue import rows_of
from fastbp.kernels.rows.far import HeldRows
from fastbp.kernels.targets import Classes, PartlyMissing, Smoothed, Values
from fastbp.network import crew, memory
from fastbp.network import network as networks
from fastbp.network.layout import WithShortcuts
from fastbp.schedules import Schedule
from fastbp.training import lbfgs, optimizer, patterns, prediction, trainer
from fastbp.training.calls import portions
from fastbp.training.regularization import Regularization

FAULTS = ("parameters", "memory")
guard = Guard("upper")
fault: str | None = None


class Network(networks.Network):
    """A network on guarded memory."""

    def __init__(self, sizes, dtype, *, shortcuts):
        super().__init__(sizes, dtype, shortcuts=shortcuts)
        numbers = guard.fixed(np.array(self.layers))
        self.layout = WithShortcuts(numbers) if shortcuts else numbers

    def batch_memory(self, *args, **kwargs):
        own = super().batch_memory(*args, **kwargs)
        thread = own.own._replace(
            numbers=cut(own.own.numbers),
            starts=guard.fixed(own.own.starts),
            places=guard.copy(own.own.places),
        )
        starts = guard.fixed(own.starts)
        return own._replace(numbers=cut(own.numbers), starts=starts, own=thread)

    def pattern_memory(self, *args, **kwargs):
        own = super().pattern_memory(*args, **kwargs)
        starts = guard.fixed(own.starts)
        return own._replace(numbers=cut(own.numbers), starts=starts)


def cut(memory):
    """Return working memory, one number short if that is the fault to be found."""
    return guard.copy(memory[:-1]) if fault == "memory" else memory


class Patterns(patterns.Patterns):
    """Patterns whose weights are guarded, too."""

    def weighting(self):
        return type(own := super().weighting())(*map(guard.fixed, own))


class GuardedNumpy:
    """NumPy, but for the memory of predictions and sums."""

    def __getattr__(self, name):
        """Return what is not replaced."""
        return getattr(np, name)

    def empty(self, shape, dtype):
        return guard.copy(np.empty(shape, dtype))

    def zeros(self, shape):
        return guard.copy(np.zeros(shape))


class Watched:
    """A kernel that sees to it that all arrays it gets are guarded."""

    def __init__(self, kernel):
        self.kernel, self.__name__ = kernel, kernel.__name__
        self.get_overload = kernel.get_overload

    def __call__(self, *args):
        assert all(map(is_guarded, arrays(args)))
        return self.kernel(*args)


def arrays(argument):
    """Return all arrays in an argument."""
    if isinstance(argument, tuple):
        return [array for part in argument for array in arrays(part)]
    return [argument] if isinstance(argument, np.ndarray) else []


def guarded(record):
    """Return a record whose arrays are guarded, and those in its records."""
    parts = [
        guarded(part)
        if isinstance(part, tuple)
        else guard.copy(part)
        if isinstance(part, np.ndarray) and not is_guarded(part)
        else part
        for part in record
    ]
    return type(record)(*parts)


class Untouched(untouched.Untouched):
    """What sparse rows need, guarded."""

    def make_room(self, order, batch_size):
        self.rows = guarded(super().make_room(order, batch_size))
        return self.rows

    def begin(self, *args):
        return guarded(super().begin(*args))


def replace_allocators():
    """Have all that kernels get allocated between guard pages."""
    untouched.Untouched = Untouched
    choose = Kernel.choose
    Kernel.choose = lambda kernel, *records: Watched(choose(kernel, *records))
    for module in (networks, memory, crew, optimizer, lbfgs):
        module.aligned_zeros = lambda size, dtype: guard.zeros(size, dtype)
    trainer.np = prediction.np = lbfgs.np = crew.np = GuardedNumpy()
    trainer.batches = lambda order, size: guard.fixed(batches(order, size))


def rows(formulas, X):
    """Return the record of these rows in the given layout."""
    if formulas.rows == "held":
        places = np.arange(len(X) - 1, -1, -1, dtype=np.int32)
        return HeldRows(guard.fixed(X[::-1].copy()), guard.fixed(places), X.shape[1])
    if formulas.rows == "sparse":
        X[np.random.default_rng(0).random(X.shape) < 0.6] = 0
        sparse = scipy.sparse.csr_array(X)
        indices = [a.astype(formulas.index_dtype) for a in (sparse.indices, sparse.indptr)]
        arrays = map(guard.fixed, (sparse.data, *indices))
        names = dict(zip(("data", "indices", "indptr"), arrays, strict=True))
        return guarded(rows_of(SimpleNamespace(shape=X.shape, **names)))
    layouts = {
        "dense": lambda X: X,
        "by column": np.asfortranarray,
        "every second": lambda X: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
        "reversed": lambda X: X[::-1, ::-1],
    }
    return rows_of(guard.fixed(layouts[formulas.rows](X)))


def targets(formulas, rng, n_rows, n_outputs):
    """Return a record of targets."""
    n_classes = max(2, n_outputs)
    if formulas.targets == "classes":
        record = Classes(guard.fixed(rng.integers(n_classes, size=n_rows)), n_outputs)
    elif formulas.targets == "missing":
        values = rng.choice([0, 1, np.nan], size=(n_rows, n_outputs))
        record = PartlyMissing(guard.fixed(values.astype(formulas.dtype)))
    else:
        values = rng.integers(2, size=(n_rows, n_outputs))
        kind = formulas.dtype if formulas.targets == "values" else np.uint8
        record = Values(guard.fixed(values.astype(kind)))
    return Smoothed(record, 0.1, n_classes) if formulas.smoothed else record


def run(formulas, sizes):
    """Train and predict; return all numbers that come out, as bytes."""
    rng, dtype = np.random.default_rng(sizes.seed), np.dtype(formulas.dtype)
    network = Network(sizes.sizes, dtype, shortcuts=formulas.shortcuts)
    for blocks, b in zip(network.blocks(network.parameters), network.biases, strict=True):
        for w in blocks:
            w[:] = rng.normal(0, len(w) ** -0.5, w.shape)
        b[:] = rng.normal(0, 0.5, b.shape)
    if formulas.masked:
        network.free = (rng.random(network.parameters.size) > 0.3).astype(dtype)
        network.parameters *= network.free
    if fault == "parameters":  # one cache line short
        network.parameters = guard.copy(network.parameters[: -64 // dtype.itemsize])
    X = rng.normal(size=(sizes.n_rows, sizes.sizes[0])).astype(dtype)
    weights = dict.fromkeys(("sample_weight", "costs"))
    for name in formulas.weighted:
        weights[name] = rng.uniform(0.5, 2, sizes.n_rows).astype(dtype)
    data = Patterns(
        rows(formulas, X), targets(formulas, rng, sizes.n_rows, sizes.sizes[-1]), **weights
    )
    order = guard.fixed(rng.integers(sizes.n_rows, size=sizes.n_steps))
    n_hidden, names = len(sizes.sizes) - 2, formulas.activations
    activation = activation_for(names[0] if len(names) == 1 else names, n_hidden)
    model = Formulas(activation, cases.LOSSES[formulas.loss])
    regularization = Regularization(
        max_norm=formulas.max_norm,
        clip_norm=formulas.clip_norm,
        dropout=[formulas.dropout] * n_hidden,
        random_state=np.random.RandomState(0),
        **cases.PENALTIES[formulas.penalty],
    )
    portions.PATTERNS_PER_CALL = prediction.PREDICTED_PER_CALL = sizes.per_call
    prediction.COPIED_TOGETHER = sizes.copied_together
    prediction.MANY = 1 if sizes.predict_many else 10**9
    found = []
    if formulas.kernel == "objective":
        objective = lbfgs.Objective(network, model, data, regularization, order)
        for _ in range(2):
            found += objective(network.parameters.astype(np.float64))
    else:
        steps = optimizer.Optimizer(
            cases.RULES[formulas.rule],
            Schedule(),
            average_from=formulas.average_from,
            masked=formulas.masked,
        )
        training = trainer.Trainer(
            network, model, data, steps, regularization, batch_size=sizes.batch_size
        )
        assert training.kernel.__name__ == formulas.kernel
        found += [training.epoch(order) for _ in range(2)] + [training.state]
    network.parameters = guard.fixed(network.parameters)  # prediction only reads them
    found += [network.parameters, prediction.predict_outputs(network, model, data.rows, order)]
    return b"".join(np.asarray(part).tobytes() for part in found)
