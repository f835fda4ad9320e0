"""A trained network elsewhere: files that other programs and other languages read."""

from .c.source import c_source
from .c.to_c import to_c
from .c.weights import from_c_weights
from .json.file import from_json, to_json
from .onnx.converters import register_onnx_converters
from .onnx.file import to_onnx

__all__ = [
    "c_source",
    "from_c_weights",
    "from_json",
    "register_onnx_converters",
    "to_c",
    "to_json",
    "to_onnx",
]
