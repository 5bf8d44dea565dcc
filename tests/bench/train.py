"""Training speed: the trainer beside Python PyTorch with the same networks and losses (train_torch.py), on one machine in one run.
All of them start from the same weights and must show the same losses on the same batches; then they take turns, a few
steps each, and a ratio is the median over the rounds of their times in one round. Called by scripts/bench train."""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "build/bench"
MARKS = "<!-- scripts/bench train --device {} writes from here -->", "<!-- scripts/bench train --device {} writes to here -->"
# Fashion-MNIST, as `avae` finds it.
PACKAGED = pathlib.Path("/usr/share/datasets/fashion-mnist")
DATA = PACKAGED if PACKAGED.is_dir() else pathlib.Path(os.environ.get("AVAE_DATA", ".")) / "fashion-mnist"
PEERS = {
    "eager": "Python PyTorch, eager: a loss per network, default memory format, torch.optim.Adam",
    "tuned": "Python PyTorch, tuned: passes shared as ours, channels_last, fused Adam, foreach average",
    "folded": "the same with our folded upsampling",
    "graphs": "the same with CUDA graphs",
    "bf16": "avae with --precision bf16",
}
LOSS_TOLERANCE = {"fp32": 2e-3, "tf32": 5e-2, "bf16": 2e-1}
MEMORY_BATCH, MEMORY_GOAL_MIB = 256, 1536
# key of the JSON -> (what it is, goal, whether less is better)
GOALS = {
    "cpu.ratio_eager": ("CPU: images/s ÷ Python eager's", 1.15, False),
    "cpu.ratio_tuned": ("CPU: images/s ÷ tuned Python's", 1.0, False),
    "cpu.peak_mib": (f"CPU: peak memory at batch {MEMORY_BATCH}, MiB", MEMORY_GOAL_MIB, True),
    "cuda.ratio_eager": ("CUDA: images/s ÷ Python eager's", 3.0, False),
    "cuda.ratio_graphs": ("CUDA: images/s ÷ Python's with graphs", 1.0, False),
    "cuda.floor_ratio": ("CUDA: time ÷ the higher floor", None, True),
}


class Contestant:
    """A process that answers commands; see train_torch.py."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        self.seconds = []

    def ask(self, *words):
        try:
            print(*words, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            sys.exit(f"bench: {self.name} ended early: see its message above")
        return json.loads(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def compare_losses(ours, theirs, name, tolerance):
    """Ends the benchmark when a peer trains something else than we do."""
    for step, (mine, other) in enumerate(zip(ours, theirs)):
        for key, value in mine.items():
            if abs(value - other[key]) > tolerance * max(0.1, abs(value)):
                sys.exit(f"bench: {name} has another {key} than ours in step {step}: {other[key]:.6g}, not {value:.6g}: they do not train the same")


def peak_of_training(arguments):
    """Peak memory in MiB of `avae train` at MEMORY_BATCH, its end with checkpoint and export included."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        command = [arguments.avae, "train", "--batch", MEMORY_BATCH, "--steps", 8, "--vae-steps", 2, "--out", f"{folder}/run"]
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"bench: avae train failed: {said.strip().splitlines()[-1]}")
    return usage.ru_maxrss / 1024


def other_load(seconds=2):
    """Cores kept busy by others, measured while we are idle."""
    busy = lambda: sum(map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:4]))
    before = busy()
    time.sleep(seconds)
    return (busy() - before) / os.sysconf("SC_CLK_TCK") / seconds


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def multiplies_bf16():
    """This processor has instructions for it."""
    return any(flag in pathlib.Path("/proc/cpuinfo").read_text() for flag in ("avx512_bf16", "amx_bf16"))


def machine(device):
    if device == "cpu":
        return processor()
    import torch

    return f"{torch.cuda.get_device_name(0)}, {processor()}"


def commit():
    return subprocess.run(["git", "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, cwd=REPOSITORY).stdout.strip()


def multiply_adds(layers):
    """(of one sample, values read, values written) of every convolution and dense layer as the trainer executes it."""
    taps = {"conv": 9, "upsample_conv": 4, "dense": None}
    result = []
    for layer in layers:
        if layer["kind"] not in taps:
            continue
        (height, width, channels), (rows, columns, depth) = layer["out"], layer["in"]
        written, read = height * width * channels, rows * columns * depth
        result.append((written * (read if layer["kind"] == "dense" else taps[layer["kind"]] * depth), read, written))
    return result


def floors(arguments, setting):
    """What a step costs at least on this GPU, in seconds: its multiply-adds at the rate of a large matrix product in the run's
    precision, and each layer's values read and written once per pass at the rate of a large copy. Both rates are measured."""
    import torch

    half = arguments.precision == "bf16"
    kind = torch.bfloat16 if half else torch.float32
    torch.backends.cuda.matmul.allow_tf32 = arguments.precision == "tf32"

    def rate(work, amount):
        for _ in range(3):
            work()
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(20):
            work()
        torch.cuda.synchronize()
        return 20 * amount / (time.perf_counter() - began)

    a, b = (torch.randn(8192, 8192, device="cuda", dtype=kind) for _ in range(2))
    per_second = rate(lambda: a @ b, 8192**3)
    source = torch.empty(2**29, device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    bytes_per_second = rate(lambda: target.copy_(source), 2 * source.numel())
    n = setting["batch"]
    # Samples through each network in a step: forward, gradients of the values, gradients of the weights. Penalties, taken in
    # every penalty_every-th step on 2n, add the gradient of the values and a pass back through it.
    lazy = 2 / setting["penalty_every"]
    passes = {"encoder": (1, 1, 1), "decoder": (1.5, 2, 1.5), "discriminator": (4 + lazy, 3.5 + 2 * lazy, 2 + lazy)}
    operations = moved = 0
    for role, counts in passes.items():
        for products, values_in, values_out in multiply_adds(setting["roles"][role]):
            operations += n * sum(counts) * products
            moved += n * sum(counts) * (values_in + values_out) * (2 if half else 4)
    return {"arithmetic_ms": operations / per_second * 1e3, "bytes_ms": moved / bytes_per_second * 1e3,
            "multiply_adds_per_second": per_second, "bytes_per_second": bytes_per_second}


def measure(arguments):
    start = FOLDER / "train-start.safetensors"
    common = ["--device", arguments.device, "--threads", arguments.threads, "--precision"]
    bench = [arguments.bench, "--folder", DATA, "--batch", arguments.batch, *common]
    ours = Contestant("avae", [*bench, arguments.precision, "--start", start])
    expected = ours.ask("check")["losses"]

    def peer(name):
        if name == "bf16":
            return Contestant(name, [*bench, "bf16"])
        return Contestant(name, [sys.executable, REPOSITORY / "tests/bench/train_torch.py", "--start", start, "--variant", name, *common, arguments.precision])

    contestants = [ours]
    for name in arguments.peers:
        contestants.append(peer(name))
        compare_losses(expected, contestants[-1].ask("check")["losses"], name, LOSS_TOLERANCE["bf16" if name == "bf16" else arguments.precision])
        print(f"bench: {name} has our losses", flush=True)
    for contestant in contestants:
        contestant.ask("run", arguments.steps)  # warm-up
    for round_number in range(arguments.rounds):
        # Whoever is first in one round is last in the next.
        for contestant in contestants if round_number % 2 == 0 else reversed(contestants):
            contestant.seconds.append(contestant.ask("run", arguments.steps)["seconds"] / arguments.steps)
        print(f"bench: round {round_number + 1} of {arguments.rounds}: " +
              ", ".join(f"{c.name} {arguments.batch / c.seconds[-1]:.0f} images/s" for c in contestants), flush=True)
    phases = ours.ask("phases", arguments.steps)
    rows = {}
    for contestant in contestants:
        ratios = [theirs / mine for theirs, mine in zip(contestant.seconds, ours.seconds)]
        rows[contestant.name] = {"ms_per_step": statistics.median(contestant.seconds) * 1e3,
                                 "images_per_second": arguments.batch / statistics.median(contestant.seconds),
                                 "ratio": statistics.median(ratios), "ratio_least": min(ratios), "ratio_most": max(ratios),
                                 **contestant.ask("memory")}
        contestant.end()
    return rows, {name: seconds / phases["seconds"] for name, seconds in phases["phases"].items()}


def flat_keys(result):
    device, rows = result["device"], result["rows"]
    keys = {}
    for name in ("eager", "tuned", "graphs"):
        if name in rows and (name != "graphs" or device == "cuda"):
            keys[f"{device}.ratio_{name}"] = rows[name]["ratio"]
    if "peak_mib" in result:
        keys["cpu.peak_mib"] = result["peak_mib"]
    if "floors" in result:
        floor = max(result["floors"]["arithmetic_ms"], result["floors"]["bytes_ms"])
        keys["cuda.floor_ratio"] = rows["avae"]["ms_per_step"] / floor
    return keys


def tables(result):
    rows = result["rows"]
    lines = [f"`scripts/bench train`, commit {result['commit']}, {result['date']}. {result['machine']}, {result['threads']} threads, "
             f"{result['load']:.1f} cores busy with other", f"work before the run. {result['device'].upper()}, {result['precision']}, "
             f"batch {result['batch']}, {result['rounds']} rounds of {result['steps']} steps.", "",
             "| | measured | goal | reached |", "|---|---:|---:|---:|"]
    for key, value in result["keys"].items():
        what, goal, less = GOALS.get(key, (key, None, True))
        reached = "–" if goal is None else "yes" if (value <= goal if less else value >= goal) else "**no**"
        digits = 0 if key.endswith("mib") else 2
        aim = "–" if goal is None else f"{'≤' if less else '≥'} {goal:,.{digits}f}"
        lines.append(f"| {what} | {value:,.{digits}f} | {aim} | {reached} |")
    lines += ["", "| | images/s | ms a step | ours ÷ it, median (least to most of the rounds) | peak MiB |", "|---|---:|---:|---:|---:|"]
    for name, row in rows.items():
        ratio = "1" if name == "avae" else f"{row['ratio']:.2f} ({row['ratio_least']:.2f} to {row['ratio_most']:.2f})"
        lines.append(f"| {PEERS.get(name, 'avae')} | {row['images_per_second']:.0f} | {row['ms_per_step']:.1f} | {ratio} | {row['peak_mib']:.0f} |")
    lines += ["", "| phase of our step | share |", "|---|---:|"]
    lines += [f"| {name} | {share:.1%} |" for name, share in result["phases"].items()]
    if "floors" in result:
        lines += ["", "| floor of a step | ms |", "|---|---:|", f"| arithmetic | {result['floors']['arithmetic_ms']:.2f} |",
                  f"| bytes | {result['floors']['bytes_ms']:.2f} |"]
    return "\n".join(lines)


def write_documentation(text, device):
    begin, end = (mark.format(device) for mark in MARKS)
    file = REPOSITORY / "docs/performance.md"
    whole = file.read_text()
    first, last = whole.find(begin), whole.find(end)
    if first < 0 or last < first:
        sys.exit(f"bench: {file} has lost its marks: put {begin} and {end} back")
    file.write_text(f"{whole[:first + len(begin)]}\n\n{text}\n\n{whole[last:]}")


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench train", description=__doc__)
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--avae", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], help="default: cpu fp32, cuda bf16")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of every contestant (%(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="to take medians of (%(default)s)")
    parser.add_argument("--steps", type=int, help="of each in a round; default: cpu 4, cuda 200")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), help="default: cpu eager tuned folded and, where the processor multiplies it, bf16; cuda eager folded graphs")
    parser.add_argument("--json", type=pathlib.Path, metavar="F", help="write everything measured, and the keys of the goals")
    parser.add_argument("--docs", action="store_true", help="write the tables into docs/performance.md")
    arguments = parser.parse_args()
    cuda = arguments.device == "cuda"
    arguments.precision = arguments.precision or ("bf16" if cuda else "fp32")
    arguments.steps = arguments.steps or (200 if cuda else 4)
    arguments.peers = arguments.peers or (["eager", "folded", "graphs"] if cuda else ["eager", "tuned", "folded", *(["bf16"] if multiplies_bf16() else [])])
    return arguments


def main():
    arguments = parse()
    FOLDER.mkdir(parents=True, exist_ok=True)
    load = other_load()
    result = {"commit": commit(), "date": time.strftime("%Y-%m-%d"), "machine": machine(arguments.device), "load": load,
              **{name: getattr(arguments, name) for name in ("device", "precision", "batch", "threads", "rounds", "steps")}}
    result["rows"], result["phases"] = measure(arguments)
    if arguments.device == "cpu":
        result["peak_mib"] = peak_of_training(arguments)
    else:
        from safetensors import safe_open

        with safe_open(FOLDER / "train-start.safetensors", "np") as file:
            result["floors"] = floors(arguments, json.loads(file.metadata()["bench"]))
    result["keys"] = flat_keys(result)
    text = tables(result)
    print(text)
    if arguments.json:
        arguments.json.write_text(json.dumps(result["keys"] | result, indent=1, ensure_ascii=False) + "\n")
    if arguments.docs:
        write_documentation(text, arguments.device)


if __name__ == "__main__":
    main()
