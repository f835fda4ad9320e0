"""What is private in scikit-learn, and used all the same: in one place, to be looked at with each.

For a constraint of a parameter there is nothing public; `_fit_context` validates parameters and
hands callbacks down; the optimisers are what `to_sklearn` and `from_sklearn` convert.
"""

import sklearn

from ..training.calls.threads import allowed
from ..version import __version__

TESTED = ("1.7", "1.9")
"""The first and the last series of scikit-learn that the tests ran on."""

try:
    from sklearn.base import _fit_context
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
    from sklearn.utils import _safe_indexing
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
    from sklearn.utils._param_validation import Interval, Options, StrOptions
    from sklearn.utils.multiclass import _check_partial_fit_first_call
except ImportError as error:
    raise ImportError(
        f"fastbp {__version__} was tested with scikit-learn {TESTED[0]} to {TESTED[1]}; this is "
        f"scikit-learn {sklearn.__version__}, which lacks a part that is used ({error}): "
        f"pip install 'scikit-learn~={TESTED[1]}.0', or a newer fastbp"
    ) from error

__all__ = [
    "AdamOptimizer",
    "Interval",
    "Options",
    "SGDOptimizer",
    "StrOptions",
    "_check_partial_fit_first_call",
    "_fit_context",
    "_safe_indexing",
    "n_threads",
]


def n_threads() -> int:
    """Return how many threads scikit-learn would take: OMP_NUM_THREADS and joblib limit them.

    As do the processors that the process may use, and a container's quota; and Numba's own limit.
    """
    return allowed(_openmp_effective_n_threads())
