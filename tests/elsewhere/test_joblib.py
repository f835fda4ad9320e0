"""What joblib does with large arrays on their way to other processes."""

import joblib
import numpy as np

from fastbp.estimators.data.far_table import map_of


def test_maps_are_known_by_their_names():
    """They are in memory already: training there takes them as the arrays that they were."""
    X = np.zeros((1000, 10))
    call = [joblib.delayed(function)(X) for function in (type, map_of)]
    kind, found = joblib.Parallel(n_jobs=2, max_nbytes=1000)(call)
    assert kind is np.memmap and found is None
