"""A trained network elsewhere: files that other programs and other languages read."""

from .json.file import from_json, to_json
from .onnx.converters import register_onnx_converters
from .onnx.file import to_onnx

__all__ = ["from_json", "register_onnx_converters", "to_json", "to_onnx"]
