"""
A trained network as an ONNX file
=================================

For any runtime in any language.

`fastbp.export.to_onnx` translates the whole pipeline, the scaler by skl2onnx. Then onnxruntime
reads the file, and its predictions are compared with ours. Run ``python examples/onnx_export.py``
to write ``digits.onnx`` (or give another name).
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastbp import BackpropClassifier
from fastbp.export import to_onnx

try:
    import onnxruntime
    import skl2onnx  # noqa: F401  (which to_onnx needs)
except ImportError as missing:
    sys.exit(f"{missing.name} is missing: python -m pip install skl2onnx onnxruntime")

path = Path(sys.argv[1] if len(sys.argv) > 1 else "digits.onnx")

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X.astype(np.float32), y, stratify=y, random_state=0
)
model = make_pipeline(StandardScaler(), BackpropClassifier(max_iter=20, random_state=0))
with warnings.catch_warnings():
    # Twenty epochs are enough here, but not enough for the loss to stop falling.
    warnings.simplefilter("ignore", ConvergenceWarning)
    model.fit(X_train, y_train)
print(f"test accuracy {model.score(X_test, y_test):.4f}")

to_onnx(model, X_train[:1], path)
print(f"wrote {path}, {path.stat().st_size / 1024:.0f} KiB")

session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
labels, probabilities = session.run(None, {session.get_inputs()[0].name: X_test})
difference = np.abs(probabilities - model.predict_proba(X_test)).max()
print(f"onnxruntime: largest difference of a probability {difference:.0e}")
if difference > 1e-5 or not np.array_equal(labels, model.predict(X_test)):
    sys.exit("The predictions of the file are not those of the model.")
