"""Fitted estimators as JSON, and back."""

import copy
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sklearn.utils.validation import check_is_fitted

from ...ensemble.classifier import BackpropEnsembleClassifier
from ...ensemble.regressor import BackpropEnsembleRegressor
from ...estimators.classifier import BackpropClassifier
from ...estimators.persistence import RECORDS
from ...estimators.regressor import BackpropRegressor
from ...version import __version__
from ..files import write_whole
from .entries import entries_in_words
from .estimators import ensemble_from, network_from
from .layout import laid_out
from .parameters import parameters_in_words
from .reading import count, mapping, record_of, refuse, text
from .writing import Writer

FORMAT, VERSION = "fastbp network", 1
NETWORKS = {one.__name__: one for one in (BackpropClassifier, BackpropRegressor)}
ENSEMBLES = {one.__name__: one for one in (BackpropEnsembleClassifier, BackpropEnsembleRegressor)}
HEAD = ("format", "version", "written_by", "estimator")
CHECKSUM = "sha256"


def to_json(estimator: Any, path: str | os.PathLike | None = None) -> str:
    """Return a fitted estimator as JSON: a file to read, for people and for other programs.

    Parameters
    ----------
    estimator : BackpropClassifier, BackpropRegressor or an ensemble of them
        A fitted one.
    path : str or path-like, default=None
        Where to write the text as well, in UTF-8. The file is there as a whole or not at all.

    Returns
    -------
    text : str
        An object with ``parameters`` and ``fitted``, what is learned, by the names of the
        estimator's attributes: weights, formulas and their hyper-parameters, classes, means and
        scales, and what training goes on with, which is the update rule with its state, moments,
        generators of random numbers. Of an ensemble ``networks`` is a list of such objects.
        Numbers are the shortest decimals from which the same bits come back in ``dtype``; rows of
        ``coefs_`` are inputs, columns units. ``sha256`` is that of all else.

    Raises
    ------
    ValueError
        If the estimator is not fitted, or has something that can't be read without running code: a
        function as ``scoring``, labels that are neither strings, numbers nor tuples of these,
        another class. Nothing is written then.

    See Also
    --------
    from_json : The way back.
    fastbp.export.to_onnx : For runtimes in other languages.

    Notes
    -----
    Records of your own (activations, losses, rules, penalties) are in it by name and numbers; to
    read them, pass their classes to `from_json`. What else has been set on the estimator, such as
    requests for metadata, is left out.

    Examples
    --------
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.export import from_json, to_json
    >>> model = BackpropRegressor((2,)).partial_fit([[0.0], [1.0]], [0.0, 1.0])
    >>> twin = from_json(to_json(model))
    >>> bool((twin.predict([[0.5]]) == model.predict([[0.5]])).all())
    True
    """
    check_is_fitted(estimator)
    cls, writer = type(estimator), Writer()
    document: dict[str, Any] = {"format": FORMAT, "version": VERSION, "written_by": __version__}
    document["estimator"] = cls.__name__
    if NETWORKS.get(cls.__name__) is cls:
        document |= _network_in_words(estimator, writer)
    elif ENSEMBLES.get(cls.__name__) is cls:
        networks = estimator.estimators_
        document["parameters"] = parameters_in_words(estimator, writer)
        with estimator._reading(networks):
            document["networks"] = [_network_in_words(one, writer) for one in networks]
    else:
        raise ValueError(
            f"to_json writes {', '.join((*NETWORKS, *ENSEMBLES))}; {cls.__name__} is another "
            "class, which could not be read without running its code"
        )
    document[CHECKSUM] = _checksum(document)
    content = laid_out(document) + "\n"
    from_json(content, records=writer.foreign.values())  # what can't be read is not written
    if path is not None:
        write_whole(path, content.encode())
    return content


def from_json(source: str | os.PathLike, *, records: Iterable[type] = ()) -> Any:
    """Return the estimator that `to_json` has written.

    It predicts the same, and `partial_fit` and `learn_one` go on with the same bits. Reading runs
    no code, and nothing in a file is taken for granted: every name, size and number is checked.

    Parameters
    ----------
    source : str or path-like
        The text, which begins with ``{``, or the name of a file.
    records : iterable of classes, default=()
        The classes of records of your own that are in it, which are known by their names.

    Returns
    -------
    estimator : BackpropClassifier, BackpropRegressor or an ensemble of them
        The estimator.

    Raises
    ------
    ValueError
        If the file is cut short, was written by a later version, has been damaged, or has records
        of a class that was not passed. The message says what is wrong, and where. A file that has
        been edited has another checksum: it is read once its ``sha256`` is left out.
    OSError
        If there is no such file.

    Examples
    --------
    >>> from fastbp.export import from_json
    >>> from_json('{"format": "fastbp network", "version": 7, "written_by": "9.1"}'
    ... )  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: this was written by fastbp 9.1, in version 7 of the format; ...
    """
    own = {}
    for cls in records:
        if not (isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")):
            raise ValueError(f"records must be classes of records, got {cls!r}")
        if RECORDS.get(cls.__name__, cls) is not cls:
            raise ValueError(f"records: {cls.__name__} is the name of a record of fastbp")
        own[cls.__name__] = cls
    document = _document(_text_of(source))
    try:
        return _estimator(document, own)
    except ValueError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as failure:
        raise ValueError(f"the file is damaged: {failure!r}") from failure


def _network_in_words(estimator: Any, writer: Writer) -> dict:
    """Return parameters and what is learned of one network."""
    twin = copy.copy(estimator)  # of one moment, with weights of one dtype
    state, dtype = twin.__getstate__(), twin._network().dtype
    parameters = parameters_in_words(twin, writer)
    return {"parameters": parameters, "fitted": entries_in_words(state, dtype, writer)}


def _checksum(document: dict) -> str:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _text_of(source: Any) -> str:
    if isinstance(source, str) and (source.lstrip()[:1] == "{" or "\n" in source):
        return source
    if not isinstance(source, (str, os.PathLike)) or not str(source).strip():
        return refuse("source", "JSON, which begins with {, or the name of a file", source)
    try:
        return Path(source).read_bytes().decode()
    except UnicodeDecodeError as failure:
        raise ValueError(f"{source} is not a file that to_json has written: {failure}") from failure


def _document(content: str) -> dict:
    """Return what the text says, if it is whole and of a version that is known."""

    def no_pair_twice(pairs: list) -> dict:
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError("an object has two entries of one name")
        return result

    def no_constant(name: str) -> Any:
        raise ValueError(f"{name} is no number of JSON")

    try:
        document = json.loads(content, object_pairs_hook=no_pair_twice, parse_constant=no_constant)
    except (ValueError, RecursionError) as failure:
        raise ValueError(f"the text is cut short or damaged: {failure}") from failure
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"this is not what to_json writes: it has no format {FORMAT!r}")
    version = count(document.get("version"), "version")
    if version < 1:
        return refuse("version", "1 or later", version)
    if version > VERSION:
        raise ValueError(
            f"this was written by fastbp {document.get('written_by')}, in version {version} of the "
            f"format; fastbp {__version__} reads versions up to {VERSION}: update fastbp"
        )
    if CHECKSUM in document and document.pop(CHECKSUM) != _checksum(document):
        raise ValueError(
            f"the content is not what its {CHECKSUM} says: the file is damaged, or has been "
            f"edited; in that case leave {CHECKSUM} out"
        )
    return document


def _estimator(document: dict, records: dict[str, type]) -> Any:
    name, record = text(document.get("estimator"), "estimator"), record_of(records)
    if name in NETWORKS:
        mapping(document, "the file", (*HEAD, "parameters", "fitted"))
        return network_from(NETWORKS[name], document, "", record)
    if name in ENSEMBLES:
        mapping(document, "the file", (*HEAD, "parameters", "networks"))
        return ensemble_from(ENSEMBLES[name], document, record)
    return refuse("estimator", f"one of {', '.join((*NETWORKS, *ENSEMBLES))}", name)
