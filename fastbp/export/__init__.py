"""A trained network elsewhere: files that other programs and other languages read."""

from .onnx.converters import register_onnx_converters
from .onnx.file import to_onnx

__all__ = ["register_onnx_converters", "to_onnx"]
