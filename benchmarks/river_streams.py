"""Print progressive accuracy and rows per second on River's streams, beside its own models.

``python benchmarks/river_streams.py``. Elec2 is downloaded by River, and left out where it can't
be; deep-river takes part where it is installed.
"""

import time
from collections.abc import Iterator

from river import base, datasets, linear_model, metrics, multiclass, preprocessing, tree

from fastbp.river import BackpropClassifier


def deep_river() -> base.Classifier | None:
    """Return deep-river's MLP, None without it."""
    try:
        from deep_river.classification import MultiLayerPerceptronInitialized
    except ImportError:
        return None
    return MultiLayerPerceptronInitialized(n_features=10, n_width=64, n_layers=2)


def models() -> Iterator[tuple[str, base.Classifier]]:
    """Yield each model, and what it is called."""
    scaled = preprocessing.StandardScaler
    yield "fastbp, 64-32", BackpropClassifier(seed=1)
    yield "fastbp, 64-32, adam", BackpropClassifier(seed=1, solver="adam", learning_rate_init=1e-3)
    yield "fastbp, no hidden layer", BackpropClassifier((), seed=1)
    yield "fastbp, 64-32, River's scaler", scaled() | BackpropClassifier(seed=1, standardize=False)
    yield "LogisticRegression, scaled", scaled() | linear_model.LogisticRegression()
    yield (
        "SoftmaxRegression, scaled",
        scaled() | linear_model.SoftmaxRegression(),
    )
    yield (
        "OneVsRest LogisticRegression",
        scaled() | multiclass.OneVsRestClassifier(linear_model.LogisticRegression()),
    )
    yield "HoeffdingTree", tree.HoeffdingTreeClassifier()
    if deep_river():
        yield "deep-river, MLP", scaled() | deep_river()


def streams() -> Iterator[tuple[str, list]]:
    """Yield the rows of each stream."""
    for dataset in (datasets.Phishing(), datasets.ImageSegments(), datasets.Elec2()):
        try:
            if isinstance(dataset, datasets.base.RemoteDataset) and not dataset.is_downloaded:
                dataset.download(verbose=False)
            yield type(dataset).__name__, list(dataset)
        except OSError as error:
            print(f"{type(dataset).__name__}: left out, {error}")


def score(model: base.Classifier, rows: list) -> tuple[float, float]:
    """Return the accuracy of predictions each before its row is learned, and rows per second."""
    accuracy = metrics.Accuracy()
    start = time.perf_counter()
    for x, y in rows:
        predicted = model.predict_one(x)
        if predicted is not None:
            accuracy.update(y, predicted)
        model.learn_one(x, y)
    return accuracy.get(), len(rows) / (time.perf_counter() - start)


def main() -> None:
    """Print a table for each stream; what compiles has compiled before."""
    for name, rows in streams():
        n_classes = len({y for _, y in rows})
        print(f"{name}: {len(rows)} rows, {n_classes} classes")
        for what, model in models():
            if n_classes > 2 and what == "LogisticRegression, scaled":
                continue
            score(model.clone(), rows[:200])
            accuracy, speed = score(model, rows)
            print(f"  {what:30s} accuracy {accuracy:.3f}  rows per second {speed:9.0f}")


if __name__ == "__main__":
    main()
