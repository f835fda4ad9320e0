"""ONNX: nodes and networks of them, and converters for skl2onnx."""
