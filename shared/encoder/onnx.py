"""The few messages of ONNX that our graph needs, written as bytes: no onnx package at build time or run time.

Field numbers are those of ``onnx/onnx.proto`` (IR version 10, operator set 21).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 10
OPSET = 21
_TYPES = {"float32": 1, "int8": 3, "int64": 7}
_VARINT, _BYTES = 0, 2

Shape = Sequence[int | str]
"""A dimension is a number or a name."""

Attribute = float | str | Sequence[int]


class Graph:
    """A graph under construction; every operator's output carries the name given."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        """Add a constant and return its name."""
        self._constants.append(_tensor(name, array))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Attribute) -> str:
        """Add an operator and return its output's name."""
        body = _fields(1, inputs) + _field(2, output) + _field(3, output) + _field(4, kind)
        self._nodes.append(
            body + _fields(5, [_attribute(name, value) for name, value in sorted(attributes.items())])
        )
        return output

    def model(self, inputs: Sequence[tuple[str, Shape]], outputs: Sequence[tuple[str, Shape]]) -> bytes:
        """Return the model as bytes; *inputs* and *outputs* are pairs of name and shape."""
        graph = _fields(1, self._nodes) + _field(2, "encoder") + _fields(5, self._constants)
        graph += _fields(11, [_value(name, shape) for name, shape in inputs])
        graph += _fields(12, [_value(name, shape) for name, shape in outputs])
        return _field(1, IR_VERSION) + _field(7, graph) + _field(8, _field(1, "") + _field(2, OPSET))


def _attribute(name: str, value: Attribute) -> bytes:
    """Return an AttributeProto; *value* is an int, a float, a string, or a list of ints."""
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    if isinstance(value, float):
        return _field(1, name) + _varint(2 << 3 | 5) + np.float32(value).tobytes() + _field(20, 1)
    if isinstance(value, str):
        return _field(1, name) + _field(4, value) + _field(20, 3)
    return _field(1, name) + _fields(8, value) + _field(20, 7)


def _tensor(name: str, array: NDArray[np.generic]) -> bytes:
    """Return the TensorProto of *array*."""
    return (
        _fields(1, array.shape)
        + _field(2, _TYPES[str(array.dtype)])
        + _field(8, name)
        + _field(9, np.ascontiguousarray(array).tobytes())
    )


def _value(name: str, shape: Shape) -> bytes:
    """Return the ValueInfoProto of a float32 tensor."""
    sizes = _fields(1, [_field(1, size) if isinstance(size, int) else _field(2, size) for size in shape])
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, sizes)))


def _fields(number: int, values: Iterable[int | str | bytes]) -> bytes:
    return b"".join(_field(number, value) for value in values)


def _field(number: int, value: int | str | bytes) -> bytes:
    """Return field *number* of a message (Protocol Buffers)."""
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Return *value* in groups of seven bits, the lowest first."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
