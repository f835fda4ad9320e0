"""Nodes of an ONNX graph, made by NumPy's own words: formulas are read, not written once more.

A formula of an activation or a loss says in NumPy's functions what is done with each number. Given
an `Expression` in place of numbers it is run once, and each function that it calls becomes a node
of the graph. So whatever has formulas has a translation, a user's own activation as well.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .operators import ALIKE, COMPARISONS, COMPOSED, ELEMENTARY, LOGICAL, OPERATORS


class Graph:
    """The nodes and constants of a graph, in a container of skl2onnx.

    Parameters
    ----------
    scope, container : object
        What a converter of skl2onnx is called with.
    """

    def __init__(self, scope: Any, container: Any) -> None:
        self.scope, self.container = scope, container
        self._constants: dict[tuple, str] = {}

    @property
    def version(self) -> int:
        """The version of the operators that the graph is written for."""
        return self.container.target_opset_any_domain("")

    def add(self, operator: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """Add a node with one output; return the output's name, a new one if none is given."""
        output = output or self.scope.get_unique_variable_name(operator.lower())
        name = self.scope.get_unique_operator_name(operator)
        self.container.add_node(operator, inputs, [output], name=name, **attributes)
        return output

    def constant(self, values: np.ndarray) -> str:
        """Return the name of a constant: of numbers, truth values or strings."""
        from onnx import TensorProto, helper, numpy_helper

        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._constants:
            name = self._constants[key] = self.scope.get_unique_variable_name("constant")
            if values.dtype.kind == "U":
                kind, content = TensorProto.STRING, [one.encode() for one in values.tolist()]
            else:
                kind = helper.np_dtype_to_tensor_dtype(values.dtype)
                content = numpy_helper.from_array(np.ascontiguousarray(values), name)
            self.container.add_initializer(name, kind, list(values.shape), content)
        return self._constants[key]


class Expression(NDArrayOperatorsMixin):
    """What a node computes, in the place of an array of numbers: functions of it add nodes.

    Parameters
    ----------
    graph : Graph
        It gets the nodes.
    name : str
        Of the node's output.
    real : dtype
        float32 or float64: in which numbers are computed.
    kind : dtype, default=None
        Of the output, if it is another: bool, or the integers of an input.
    """

    def __init__(self, graph: Graph, name: str, real: Any, kind: Any = None) -> None:
        self.graph, self.name, self.real = graph, name, np.dtype(real)
        self.dtype = self.real if kind is None else np.dtype(kind)

    def node(self, operator: str, *operands: Any, kind: Any = None, **attributes: Any) -> Any:
        """Return the output of a new node, of operands as they are: expressions and constants."""
        inputs = [
            one.name if isinstance(one, Expression) else self.graph.constant(np.asarray(one))
            for one in operands
        ]
        name = self.graph.add(operator, inputs, **attributes)
        return Expression(self.graph, name, self.real, kind)

    def astype(self, dtype: Any) -> "Expression":
        """Return the same in another dtype; a float one is what is computed in from there on."""
        from onnx import helper

        dtype = np.dtype(dtype)
        if dtype == self.dtype:
            return self
        number = helper.np_dtype_to_tensor_dtype(dtype)
        cast = self.node("Cast", self, to=number, kind=dtype)
        cast.real = dtype if dtype.kind == "f" else self.real
        return cast

    def elementary(self, name: str, in_double: Callable) -> Any:
        """Return what the function of `fastbp.functions` with this name makes of it.

        Without an operator that runtimes have in float64, it is read like any formula.
        """
        known = ELEMENTARY.get(name)
        if known is None:
            return in_double(self) if self.real == np.float64 else self.node(name.title(), self)
        return known(self)

    def __bool__(self) -> bool:
        raise TypeError("it asks whether a number is true where np.where would choose")

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **named: Any) -> Any:
        if method != "__call__" or named:
            raise TypeError(f"np.{ufunc.__name__} is called with more than numbers")
        return self._called(ufunc, given, {})

    def __array_function__(self, function: Any, types: Any, given: Any, named: Any) -> Any:
        return self._called(function, given, named)

    def _called(self, function: Any, given: tuple, named: dict) -> Any:
        if function in COMPOSED:
            return COMPOSED[function](*given, **named)
        if named or function not in (*OPERATORS, *COMPARISONS, *LOGICAL, *ALIKE, np.where):
            name = getattr(function, "__name__", str(function))
            raise TypeError(f"np.{name} has no translation")
        reals = [one.real for one in given if isinstance(one, Expression)]
        like = Expression(self.graph, self.name, np.result_type(*reals), self.dtype)
        if function in ALIKE:
            first, value = given[0], given[1] if len(given) > 1 else ALIKE[function]
            return like.node("Expand", like._number(value), first.node("Shape", first))
        if function in LOGICAL:
            truths = [like._truth(one) for one in given]
            return like.node(LOGICAL[function], *truths, kind=bool)
        if function is np.where:
            chosen = [like._number(one) for one in given[1:]]
            return like.node("Where", like._truth(given[0]), *chosen)
        numbers = [like._number(one) for one in given]
        if function in COMPARISONS:
            return like.node(COMPARISONS[function], *numbers, kind=bool)
        return like.node(OPERATORS[function], *numbers)

    def _number(self, value: Any) -> Any:
        if isinstance(value, Expression):
            return value.astype(self.real)
        return np.asarray(value, self.real)

    def _truth(self, value: Any) -> Any:
        if not isinstance(value, Expression):
            return np.asarray(value, bool)
        return value if value.dtype == bool else value != 0
