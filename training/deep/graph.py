"""The fine-tuned encoder as an ONNX graph whose matrices are 8-bit integers.

The same computation as `training.encoder.network.forward`, of one text at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.encoder.network import HEADS, WIDTH, quantised

Arrays = Mapping[str, NDArray[np.float32]]
_EACH = WIDTH // HEADS


class _Graph:
    """Nodes and constants as they come."""

    def __init__(self, weights: Arrays) -> None:
        self._weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def weight(self, name: str) -> str:
        array = self._weights[name]
        return self.constant(name, array.T if array.ndim == 2 else array)

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        made = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [made], name=made, **attributes))
        return made

    def linear(self, x: str, name: str) -> str:
        return self.node(
            "Add", self.node("MatMul", x, self.weight(name)), self.weight(name + ".bias")
        )

    def normed(self, x: str, name: str) -> str:
        scale, shift = self.weight(name), self.weight(name + ".bias")
        return self.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-12)


def model(weights: Arrays, card: str) -> bytes:
    """A serialised ONNX model: `pieces` (1, n) int64 to `logits` (1, outputs) and `names` (1, n, tags).
    `card` is kept in its metadata."""
    graph = _Graph(weights)
    x = _embedded(graph)
    for number in range(sum(name.endswith(".qkv") for name in weights)):
        x = _layer(graph, x, f"{number}.")
    mean = graph.node("ReduceMean", x, "axis_1", keepdims=0)
    first = graph.node("Gather", x, graph.constant("first", np.int64(0)), axis=1)
    hidden = graph.node("Tanh", graph.linear(graph.node("Concat", first, mean, axis=1), "hidden"))
    for found, name in (
        (graph.linear(hidden, "out"), "logits"),
        (graph.linear(x, "tags"), "names"),
    ):
        graph.nodes.append(helper.make_node("Identity", [found], [name]))
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "private",
            [helper.make_tensor_value_info("pieces", TensorProto.INT64, [1, "n"])],
            [
                helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, None]),
                helper.make_tensor_value_info("names", TensorProto.FLOAT, [1, "n", None]),
            ],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    onnx.checker.check_model(made)
    return _small(made, card)


def _embedded(graph: _Graph) -> str:
    whole, scale = quantised(graph._weights["emb"])
    words = graph.constant("emb", whole)
    scales = graph.constant("emb.scale", scale[:, None].astype(np.float32))
    graph.constant("axis_0", np.array([0], np.int64))
    graph.constant("axis_1", np.array([1], np.int64))
    graph.constant("heads", np.array([0, 0, 3, HEADS, _EACH], np.int64))
    graph.constant("joined", np.array([0, 0, WIDTH], np.int64))
    graph.constant("softer", np.float32(_EACH**-0.5))
    looked_up = graph.node("Cast", graph.node("Gather", words, "pieces"), to=TensorProto.FLOAT)
    word = graph.node("Mul", looked_up, graph.node("Gather", scales, "pieces"))
    count = graph.node("Shape", "pieces", start=1, end=2)
    places = graph.constant("pos", graph._weights["pos"].astype(np.float16))
    place = graph.node("Slice", places, "axis_0", count, "axis_0")
    place = graph.node("Cast", place, to=TensorProto.FLOAT)
    return graph.normed(graph.node("Add", word, place), "eln")


def _layer(graph: _Graph, x: str, prefix: str) -> str:
    apart = graph.node("Reshape", graph.linear(x, prefix + "qkv"), "heads")
    apart = graph.node("Transpose", apart, perm=[2, 0, 3, 1, 4])
    q, k, v = (
        graph.node("Gather", apart, graph.constant(f"{prefix}{at}", np.int64(at)), axis=0)
        for at in range(3)
    )
    alike = graph.node("MatMul", q, graph.node("Transpose", k, perm=[0, 1, 3, 2]))
    shares = graph.node("Softmax", graph.node("Mul", alike, "softer"), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", shares, v), perm=[0, 2, 1, 3])
    mixed = graph.linear(graph.node("Reshape", mixed, "joined"), prefix + "ao")
    x = graph.normed(graph.node("Add", x, mixed), prefix + "aln")
    wide = graph.node("Gelu", graph.linear(x, prefix + "fi"), approximate="tanh")
    narrow = graph.linear(wide, prefix + "fo")
    return graph.normed(graph.node("Add", x, narrow), prefix + "oln")


def _small(made: Any, card: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        onnx.save(made, whole)
        quantize_dynamic(
            whole,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        loaded = onnx.load(small)
    helper.set_model_props(loaded, {"card": card})
    return bytes(loaded.SerializeToString())
