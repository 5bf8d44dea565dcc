#!/usr/bin/env python3
"""Writes links v1 from the format's description alone (shared/latent/link.hpp).

    python3 tests/golden/links.py            adds the cases below to tests/golden/links.json
    python3 tests/golden/links.py --check    fails when a case is missing from the file or differs

Links that were ever published must decode for ever: append cases, never change or remove one.
"""

import base64
import json
import pathlib
import struct
import sys
import zlib

GOLDEN = pathlib.Path(__file__).with_name("links.json")
VIEWS = ["shape", "map", "morph", "draw", "compare"]


def leb128(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def section(tag, body):
    return bytes([tag]) + leb128(len(body)) + body


def mix_bytes(mix):
    pairs = [(index, weight) for index, weight in enumerate(mix) if weight]
    return leb128(len(pairs)) + b"".join(bytes(pair) for pair in pairs)


def latent_bytes(latent):
    return struct.pack(f"{len(latent)}b", *latent)


def link(state, extra=b""):
    out = b"\x01" + section(1, bytes.fromhex(state["model"]))
    if state["view"] != "shape":
        out += section(2, bytes([VIEWS.index(state["view"])]))
    if state["mix"]:
        out += section(3, mix_bytes(state["mix"]))
    out += section(4, latent_bytes(state["latent"]))
    if state["morph"]:
        body = struct.pack("<BBHB", state["morph_speed"], state["morph_loop"], state["morph_position"], len(state["morph"]))
        for keyframe in state["morph"]:
            body += mix_bytes(keyframe["mix"]) + latent_bytes(keyframe["latent"])
        out += section(5, body)
    out += extra
    out += struct.pack("<I", zlib.crc32(out))
    return base64.urlsafe_b64encode(out).decode().rstrip("=")


def ramp(size, step):
    """Latents that visit the whole range, both ends included."""
    return [(i * step) % 255 - 127 for i in range(size)]


def one(classes, index):
    return [255 if i == index else 0 for i in range(classes)]


def state(name, latent, mix, model="0123456789abcdef", view="shape", morph=(), speed=10, loop=True, position=0, encoded=(), extra=b""):
    """`encoded`: whether the sample, then each keyframe, was read from a picture; nothing when none was."""
    out = {"name": name, "model": model, "view": view, "mix": mix, "latent": latent}
    out |= {"morph": list(morph), "morph_speed": speed, "morph_loop": loop, "morph_position": position}
    if encoded:
        out["encoded"] = list(encoded)
        bits = sum(read << i for i, read in enumerate(encoded[1:]))
        extra = section(128, bytes([encoded[0]]) + (struct.pack("<H", bits) if morph else b"")) + extra
    return out | {"link": link(out, extra)}


def cases():
    yield state("one class", ramp(32, 37), one(10, 3))
    yield state("the mean of class 0", [0] * 32, one(10, 0), model="ffffffffffffffff")
    yield state("no labels", ramp(8, 101), [], model="0000000000000000")
    yield state("one number", [-127], [])
    yield state("two classes mixed", ramp(32, 11), [0, 90, 0, 0, 165, 0, 0, 0, 0, 0], view="map")
    yield state("every view: draw", ramp(16, 5), one(2, 1), view="draw")
    yield state("every view: compare", ramp(16, 7), one(2, 0), view="compare")
    pair = [{"mix": one(10, k), "latent": ramp(32, 13 + k)} for k in (8, 9)]
    yield state("a morph of two", ramp(32, 3), one(10, 9), view="morph", morph=pair, speed=1, loop=False, position=65535)
    many = [{"mix": [], "latent": ramp(64, 1 + k)} for k in range(16)]
    yield state("a morph of sixteen without labels", ramp(64, 2), [], view="morph", morph=many, speed=100, position=256)
    wide = list(range(1, 256)) + [255]
    yield state("256 classes, 256 numbers", ramp(256, 1), wide)
    yield state("a picture that was read", ramp(32, 29), one(10, 2), view="draw", encoded=[True])
    three = [{"mix": one(10, k), "latent": ramp(32, 17 + k)} for k in (1, 4, 6)]
    yield state("a morph of which two pictures were read", ramp(32, 23), one(10, 4), view="morph", morph=three, encoded=[False, True, False, True])
    yield state("an optional section of the future", ramp(32, 41), one(10, 5), extra=section(200, b"later" * 40))


def main():
    known = json.loads(GOLDEN.read_text())["links"] if GOLDEN.exists() else []
    by_name = {case["name"]: case for case in known}
    missing = []
    for case in cases():
        if case["name"] not in by_name:
            missing.append(case)
        elif by_name[case["name"]] != case:
            sys.exit(f"tests/golden/links.json has another \"{case['name']}\": links must not change")
    if sys.argv[1:] == ["--check"]:
        if missing:
            sys.exit("tests/golden/links.json lacks: " + ", ".join(case["name"] for case in missing))
        return
    rows = ",\n  ".join(json.dumps(case) for case in known + missing)
    GOLDEN.write_text('{"links": [\n  ' + rows + "\n]}\n")


if __name__ == "__main__":
    main()
