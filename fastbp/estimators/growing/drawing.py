"""What draws the weights of new features and classes."""

import copy
import threading
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from ...network.network import Network

_own = threading.local()  # a generator of each thread: to make one takes 0.1 ms, seeding it 0.01


def generator_for(estimator: Any, network: Network) -> np.random.RandomState:
    """Return what draws new weights of a network that has just grown to its size.

    It is made of a seed that the estimator has from now on, and of the sizes, which no network of
    the stream had before: nothing has to be kept or copied, and a call that is refused has drawn
    nothing. The seed is looked up in a copy: all else is drawn as ever.
    """
    seed = getattr(estimator, "_growth_seed", None)
    if seed is None:
        given = getattr(estimator, "_random_state", None)
        if given is None:
            given = check_random_state(estimator.random_state)
        seed = estimator._growth_seed = int(copy.deepcopy(given).randint(2**31 - 1))
    if not hasattr(_own, "generator"):
        _own.generator = np.random.RandomState()
    _own.generator.seed([seed, *network.sizes])
    return _own.generator
