#!/usr/bin/env python3
"""Reference of random_latent() (shared/latent/latent.hpp), written from its documentation alone.

    python3 tests/golden/latents.py            rewrites tests/golden/latents.json
    python3 tests/golden/latents.py --check    fails when the file or kMagnitude differs from what would be written
    python3 tests/golden/latents.py --table    prints kMagnitude of shared/latent/latent.cpp
"""

import bisect
import json
import pathlib
import re
import sys
from decimal import ROUND_HALF_EVEN, Decimal, getcontext

getcontext().prec = 90
TINY = Decimal(10) ** -80
MASK = 2**64 - 1
GOLDEN = pathlib.Path(__file__).with_name("latents.json")
SOURCE = pathlib.Path(__file__).parents[2] / "shared/latent/latent.cpp"


def arctan_of_inverse(n):
    term = total = 1 / Decimal(n)
    k = 0
    while abs(term) > TINY:
        k += 1
        term = -term / (n * n)
        total += term / (2 * k + 1)
    return total


PI = 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)


def erf(x):
    term = total = x
    n = 0
    while abs(term) > TINY:
        n += 1
        term = term * -x * x / n
        total += term / (2 * n + 1)
    return 2 * total / PI.sqrt()


def threshold(k):
    """round(2^32 P(|x| < (k + 1/2) / 32)) for x ~ N(0, 1)."""
    probability = erf(Decimal(2 * k + 1) / (64 * Decimal(2).sqrt()))
    return int((probability * 2**32).to_integral_value(ROUND_HALF_EVEN))


TABLE = [threshold(k) for k in range(127)]


def splitmix64(seed):
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def random_latent(seed, size, percent, switches):
    latent = []
    for i, bits in zip(range(size), splitmix64(seed)):
        magnitude = (bisect.bisect_right(TABLE, bits >> 32) * percent + 50) // 100
        if i >= size - switches:
            magnitude = 32
        latent.append(-magnitude if bits & 1 else magnitude)
    return latent


CASES = [
    *((seed, 32, 100, 0) for seed in (0, 1, 2, 3, 42, 1234, 20240229)),
    (2**32 - 1, 32, 100, 0),
    (2**53 - 1, 32, 100, 0),
    (2**64 - 1, 32, 100, 0),
    *((7, 32, percent, 0) for percent in (0, 1, 50, 75, 99)),
    (5, 1, 100, 0),
    (5, 2, 100, 0),
    (5, 64, 100, 0),
    (5, 256, 80, 0),
    *((seed, 32, 100, 3) for seed in (1, 2, 3)),
    (7, 32, 50, 3),
    (7, 5, 0, 4),
]


def document():
    """Seeds are text: a JSON number does not hold 64 bits everywhere."""
    rows = [
        json.dumps({"seed": str(seed), "size": size, "truncation_percent": percent, "switches": switches,
                    "latent": random_latent(seed, size, percent, switches)})
        for seed, size, percent, switches in CASES
    ]
    return '{"latents": [\n  ' + ",\n  ".join(rows) + "\n]}\n"


def main():
    if sys.argv[1:] == ["--table"]:
        for i in range(0, len(TABLE), 8):
            print("    " + ", ".join(f"{value}u" for value in TABLE[i : i + 8]) + ",")
    elif sys.argv[1:] == ["--check"]:
        if GOLDEN.read_text() != document():
            sys.exit("tests/golden/latents.json is not what latents.py writes")
        table = re.search(r"kMagnitude = \{(.*?)\}", SOURCE.read_text(), re.DOTALL)
        if [int(value) for value in re.findall(r"\d+", table[1])] != TABLE:
            sys.exit("kMagnitude in shared/latent/latent.cpp is not what latents.py --table prints")
    else:
        GOLDEN.write_text(document())


if __name__ == "__main__":
    main()
