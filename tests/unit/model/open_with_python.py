"""Opens the files of write_examples.cpp with Python's safetensors and checks names, shapes, values and metadata."""

import json
import pathlib
import sys

import numpy as np
from safetensors import safe_open

folder = pathlib.Path(sys.argv[1])


def read(name):
    with safe_open(folder / name, framework="np") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, file.metadata()


tensors, metadata = read("model.safetensors")
spec = json.loads(metadata["avae.spec"])
assert spec["name"] == "small" and spec["latent"] == 4 and spec["class_names"] == ["zero", "one"], spec
assert metadata["avae.role"] == "decoder"
assert json.loads(metadata["avae.train"])["seed"] == 1
assert {name: tensor.shape for name, tensor in tensors.items()} == {
    "prior.mean": (4, 3),
    "prior.scale": (4, 6),
    "project.weight": (128, 5),
    "project.bias": (128,),
    "stage0.block0.conv1.weight": (8, 3, 3, 8),
    "stage0.block0.conv1.bias": (8,),
    "stage0.block0.conv2.weight": (8, 3, 3, 8),
    "stage0.block0.conv2.bias": (8,),
    "stage0.up.weight": (8, 3, 3, 8),
    "stage0.up.bias": (8,),
    "head.weight": (1, 3, 3, 8),
    "head.bias": (1,),
}
for name, tensor in tensors.items():
    assert tensor.dtype == np.float16, name
    expected = (2 * (np.arange(tensor.size) % 17) - 15) / 32
    assert np.array_equal(tensor.ravel().astype(np.float64), expected), name

tensors, metadata = read("mixed.safetensors")
assert metadata == {"note": "tab\there \N{ATHLETIC SHOE}"}, metadata
assert np.array_equal(tensors["u8"], np.array([1, 2, 255], np.uint8))
assert np.array_equal(tensors['f32 "é"'], np.array([[1.5], [-2.0], [0.25]], np.float32))
assert np.array_equal(tensors["i64"], np.array([-1, 2**63 - 1], np.int64))
assert tensors["empty"].shape == (0, 4) and tensors["empty"].dtype == np.float16
