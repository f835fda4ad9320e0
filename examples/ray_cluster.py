"""
On a Ray cluster
================

A search on a Ray cluster, through joblib.

``python -m pip install ray`` (Ray is no dependency of fastbp, and has no wheels for some systems
and Pythons). One model over the partitions of a table needs Dask: ``fit_partitions`` in
``examples/dask_cluster.py``, which does this search as well.
"""

import joblib
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from fastbp import BackpropClassifier

try:
    import ray
    from ray.util.joblib import register_ray
except ImportError as missing:
    raise SystemExit(
        f"Ray is not installed ({missing}): python -m pip install ray. The same search on Dask's "
        'workers: joblib.parallel_config(backend="dask"), see examples/dask_cluster.py'
    ) from missing

if __name__ == "__main__":
    ray.init(include_dashboard=False)  # here; ray.init(address="auto") on a cluster
    register_ray()
    X, y = load_digits(return_X_y=True)
    grid = {"hidden_layer_sizes": [(32,), (64, 32)]}
    model = GridSearchCV(BackpropClassifier(random_state=0), grid, cv=3)
    with joblib.parallel_config(backend="ray"):
        model.fit(X, y)
    print(f"{model.best_params_}, accuracy {model.best_score_:.3f}")
    ray.shutdown()
