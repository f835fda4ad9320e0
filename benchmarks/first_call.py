"""Time a new process's import of fastbp and its first fit; ``first_call.py BackpropRegressor``."""

import json
import sys
import time

import numpy as np
import sklearn.base  # noqa: F401, whose import takes a second by itself

estimator = sys.argv[1]
rng = np.random.RandomState(0)
X = rng.standard_normal((200, 20))
y = X[:, 0] - X[:, 1] if estimator == "BackpropRegressor" else (X[:, 0] > X[:, 1]).astype(int)

start = time.perf_counter()
import fastbp  # noqa: E402

imported = time.perf_counter()
getattr(fastbp, estimator)(max_iter=2).fit(X, y)
fitted = time.perf_counter()
print("\n" + json.dumps({"import": imported - start, "fit": fitted - imported}))
