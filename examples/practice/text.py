r"""
Text, as sparse rows
====================

A paragraph as a row of numbers has a column for each word there is, and nearly all are zero. What
makes such rows, `TfidfVectorizer` here, gives a sparse matrix, and the network reads it as that: a
zero costs nothing, neither forward nor in the update, since :math:`\Delta w_{ji} = \eta \delta_j
o_i` is zero where :math:`o_i` is.

The text is what is installed, the paragraphs of docstrings, and the question which documentation a
paragraph is from: NumPy's, SciPy's or scikit-learn's.
"""

import importlib
import inspect
import re
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit

import fastbp
from fastbp import BackpropClassifier

MODULES = {
    "NumPy": ["numpy", "numpy.linalg", "numpy.fft", "numpy.random", "numpy.ma"],
    "SciPy": ["scipy.stats", "scipy.optimize", "scipy.signal", "scipy.special", "scipy.spatial"],
    "scikit-learn": ["sklearn.linear_model", "sklearn.ensemble", "sklearn.cluster"]
    + ["sklearn.metrics", "sklearn.preprocessing", "sklearn.model_selection"],
}
NAMES = ["np", "numpy", "scipy", "sp", "scikit", "sklearn", "learn"]  # which would tell


def paragraphs(module: str) -> dict[str, list[str]]:
    """Return the paragraphs of each public object's docstring that are sentences."""
    found = {}
    for name, member in inspect.getmembers(importlib.import_module(module)):
        if name.startswith("_") or not callable(member):
            continue
        parts = re.split(r"\n\s*\n", inspect.getdoc(member) or "")
        sentences = [part for part in parts if ">>>" not in part and len(part.split()) >= 12]
        if sentences:
            found[f"{module}.{name}"] = sentences
    return found


# %%
# Paragraphs
# ----------
#
# Sentences without code. Paragraphs of one docstring are much alike, so that all of them are
# trained with, or none; names that would tell are left out.

texts, labels, groups = [], [], []
for label, modules in MODULES.items():
    for module in modules:
        for name, parts in paragraphs(module).items():
            texts += parts
            labels += [label] * len(parts)
            groups += [name] * len(parts)
labels = np.array(labels)
split = GroupShuffleSplit(1, test_size=0.25, random_state=0)  # whole docstrings
train, test = next(split.split(texts, labels, groups))
vectorizer = TfidfVectorizer(min_df=2, stop_words=NAMES, sublinear_tf=True)
X_train = vectorizer.fit_transform(texts[n] for n in train)
X_test = vectorizer.transform(texts[n] for n in test)
density = X_train.nnz / np.prod(X_train.shape)
print(f"{X_train.shape[0]} paragraphs to learn, {X_test.shape[0]} to test", end=", ")
print(f"{X_train.shape[1]} words, {100 * density:.2g} % of them in a paragraph")

# %%
# Beside logistic regression
# --------------------------
#
# Logistic regression is the same network without its hidden layers.

network = BackpropClassifier(random_state=0)
fastbp.warmup([network], dtypes=["float64"], sparse=True)  # compiled before the clock starts
print("                 accuracy   seconds of fit")
models = {"a constant": None, "logistic": LogisticRegression(C=10), "fastbp": network}
for name, model in models.items():
    if model is None:
        values, counts = np.unique(labels[train], return_counts=True)
        print(f"  {name:14} {np.mean(labels[test] == values[counts.argmax()]):8.3f}")
        continue
    start = time.perf_counter()
    model.fit(X_train, labels[train])
    seconds = time.perf_counter() - start
    print(f"  {name:14} {model.score(X_test, labels[test]):8.3f} {seconds:12.2f} s")

# %%
# What the network is sure of, and right, and what it is sure of, and wrong:

probabilities = network.predict_proba(X_test)
taken = network.classes_[probabilities.argmax(axis=1)]
surest = probabilities.max(axis=1).argsort()[::-1]
right = [n for n in surest if taken[n] == labels[test][n]][:2]
wrong = [n for n in surest if taken[n] != labels[test][n]][:2]
print(f"{'is from':14}{'taken for':14}{'sure':>6}   begins with")
for n in (*right, *wrong):
    begin = " ".join(texts[test[n]].split())[:52]
    print(f"{labels[test][n]:14}{taken[n]:14}{probabilities[n].max():6.1%}   {begin} …")
