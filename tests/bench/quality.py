"""The quality table: trains the objectives and their ablations with the same networks, data and steps, scores each with
`avae eval`, and writes docs/results.md with its curves and sample sheets. Every run resumes where it stopped; a run
that is done and scored leaves a record in docs/results/runs/, kept with the project, and is not done again until that
file is removed. Called by scripts/bench quality."""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import platform
import shutil
import signal
import struct
import subprocess
import sys
import threading

import quality_results as results
from quality_results import ABLATIONS, CHOICES, CURVES, HELD_OUT, MODELS, RUNS, choice, chosen, record, record_file, run_name_of, with_value, write_results

FOLDER = results.REPOSITORY / "build/quality"
RUNNING = set()
STOPPING = False
# The first scoring on some data trains the classifier that the others use: they wait for it.
CLASSIFIED, CLASSIFYING = set(), threading.Lock()


def stop(number, frame):
    """Ctrl-C and TERM are handed on, and waited for: the trainer writes a checkpoint first."""
    global STOPPING
    STOPPING = True
    for process in list(RUNNING):
        process.send_signal(signal.SIGINT)


def check_stop():
    if STOPPING:
        sys.exit("bench: stopped: run the same command again to go on")


def run(command, log):
    """Runs a command with its output appended to a file; a failure ends the run with its last lines."""
    check_stop()
    print("bench:", " ".join(map(str, command)), flush=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "a") as out:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out, cwd=results.REPOSITORY, start_new_session=True)
        RUNNING.add(process)
        if STOPPING:  # between the check and the start
            process.send_signal(signal.SIGINT)
        code = process.wait()
        RUNNING.discard(process)
    if code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-3:])
        sys.exit(f"bench: {command[1]} ended early, see {log}:\n{tail}\nbench: run the same command again to go on")


def commit():
    """The checkout's commit, with a + when sources that a program is built from differ from it."""
    git = lambda *words: subprocess.run(["git", *words], capture_output=True, text=True, cwd=results.REPOSITORY).stdout.strip()
    changed = git("status", "--porcelain", "--", "CMakeLists.txt", "CMakePresets.json", "cmake", "native", "shared")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def write(path, text):
    """Whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(text) if isinstance(text, bytes) else part.write_text(text)
    part.rename(path)


def train(name, options, data, epochs, seed):
    """The run folder of these settings. A folder of other settings is an error: its figures would be taken for these."""
    check_stop()
    out = FOLDER / name
    settings = {"options": options, "data": str(data), "epochs": epochs, "seed": seed, "device": DEVICE, "precision": PRECISION}
    made = out / "settings.json"
    known = json.loads(made.read_text()) if made.exists() else None
    if known and {key: known[key] for key in settings} != settings:
        sys.exit(f"bench: {out} was trained with other settings, {known}: move it away to train it anew")
    if not known:
        out.mkdir(parents=True, exist_ok=True)
        write(made, json.dumps(settings | {"commit": commit(), "hardware": hardware(), "done": False}))
        known = json.loads(made.read_text())
    if not known["done"]:
        if commit() not in known["commit"].split(" to "):  # trained in parts
            known["commit"] = f"{known['commit'].split(' to ')[0]} to {commit()}"
            write(made, json.dumps(known))
        (FOLDER / f"{name}.json").unlink(missing_ok=True)
        (FOLDER / f"{name}-weights.json").unlink(missing_ok=True)
        # On a GPU an epoch takes seconds, and saving one too.
        save_every = max(1, epochs // 4) if DEVICE == "cuda" else 1
        run([PROGRAM, "train", "--device", DEVICE, "--precision", PRECISION, "--data", data, "--epochs", epochs, "--seed", seed,
             "--save-every", save_every, "--resume", "--out", out, *options.split()], FOLDER / f"{name}.log")
        write(made, json.dumps(known | {"done": True}))
    return out


def score(name, out, data, extra=()):
    report = FOLDER / f"{name}.json"
    if not report.exists():
        with contextlib.nullcontext() if str(data) in CLASSIFIED else CLASSIFYING:
            run([PROGRAM, "eval", "--device", DEVICE, "--model", out, "--data", data, "--json", report, *extra], FOLDER / f"{name}.log")
            CLASSIFIED.add(str(data))
    return json.loads(report.read_text())


def whole_precision(out, halves_folder):
    """The run's model with fp32 weights, from its checkpoint, beside that with fp16 ones in `halves_folder`: a folder as
    `avae sample --model` reads it."""
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    checkpoint = load_file(out / "checkpoints/latest.safetensors")
    published = "decoder.average" if "decoder.average" in checkpoint else "decoder.weights"
    file = halves_folder / "decoder.safetensors"
    halves = load_file(file)
    with safe_open(file, framework="np") as opened:
        metadata = opened.metadata()
    header = file.read_bytes()
    names = json.loads(header[8:8 + struct.unpack("<Q", header[:8])[0]])
    order = sorted(halves, key=lambda name: names[name]["data_offsets"][0])
    tensors, at = {}, 0
    for name in order:
        if name.startswith("prior."):
            tensors[name] = checkpoint[published.removesuffix(".weights") + "." + name]
            continue
        size = halves[name].size
        tensors[name] = checkpoint[published][at:at + size].reshape(halves[name].shape)
        at += size
    for name in order:
        # int8 steps are at most 1/127 of the largest weight.
        if abs(tensors[name] - halves[name]).max() > 5e-3 * abs(tensors[name]).max():
            sys.exit(f"bench: {name} of {out} is not the checkpoint's")
    folder = halves_folder.parent / "fp32"
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "decoder.safetensors", metadata)
    return folder


def precision_figures(name, out, data):
    """cFID of the samples of int8 and fp16 weights ÷ that of fp32, same latents; kept beside the report."""
    kept = FOLDER / f"{name}-weights.json"
    if not kept.exists():
        log, figures, folder = FOLDER / f"{name}.log", {}, FOLDER / f"{name}-weights"
        run([PROGRAM, "export", "--model", out, "--weights", "fp16", "--out", folder / "like"], log)
        whole = whole_precision(out, folder / "like")
        for precision in ("int8", "fp16", "fp32"):
            run([PROGRAM, "export", "--model", whole, "--weights", precision, "--out", folder / precision], log)
            samples = folder / f"{precision}.idx"
            run([PROGRAM, "sample", "--model", folder / precision, "--n", 10000, "--seed", 1, "--format", "idx", "--out", samples], log)
            report = folder / f"{precision}.json"
            run([PROGRAM, "eval", "--device", DEVICE, "--samples", samples, "--data", data, "--json", report], log)
            figures[precision] = json.loads(report.read_text())["rows"][-1]["cfid"]
        write(kept, json.dumps(figures))
    figures = json.loads(kept.read_text())
    return {f"{precision}_over_fp32": figures[precision] / figures["fp32"] for precision in ("fp16", "int8")}


def curve(points, key):
    """A loss over epochs, smoothed, at most 200 points."""
    points = [(point["epoch"], point["losses"][key]) for point in points if key in point.get("losses", {})]
    smooth, result = None, []
    for x, y in points:
        smooth = y if smooth is None else smooth + 0.2 * (y - smooth)
        result.append((round(x, 3), float(f"{smooth:.4g}")))
    return result[::-(-len(result) // 200) or 1]


def train_and_score(name, options, epochs, seed, cas, precisions):
    """Leaves the run's record and, of seed 1, its sheet of samples. `cas`: with the CAS, which trains a
    classifier on the samples; `precisions`: with what fp16 and int8 weights change."""
    settings = {"options": options, "epochs": epochs, "seed": seed, "device": DEVICE, "precision": PRECISION}
    known = record(name, epochs, seed)
    if known:
        if {key: known["settings"][key] for key in settings} != settings:
            sys.exit(f"bench: {record_file(name, epochs, seed)} is of other settings, {known['settings']}: remove it to train anew")
        return
    run_name = run_name_of(name, epochs, seed)
    out = train(run_name, options, "fashion-mnist", epochs, seed)
    report = score(run_name, out, "fashion-mnist", [*(["--cas"] if cas else []), "--seed", seed])
    report["rows"][-1]["name"] = run_name  # not this machine's folder
    if precisions:
        report["rows"][-1] |= precision_figures(run_name, out, "fashion-mnist")
    points = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    results.RECORDS.mkdir(parents=True, exist_ok=True)
    sheets = sorted((out / "samples").glob("epoch-*.png"))
    if sheets and seed == 1:
        shutil.copy(sheets[-1], results.PICTURES / f"{run_name}.png")
    made = json.loads((out / "settings.json").read_text())
    write(record_file(name, epochs, seed), json.dumps({
        "settings": settings | {"commit": made["commit"], "hardware": made["hardware"]},
        "minutes": round(points[-1]["seconds"] / 60, 1), "report": report,
        "curves": {key: curve(points, key) for key, _ in CURVES}}) + "\n")


def held_out_data():
    """Fashion-MNIST's training split without its last pictures, which take the place of the test split."""
    folder = FOLDER / "held-out"
    if (folder / "t10k-labels-idx1-ubyte").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    whole = FOLDER / "train.idx"
    run([PROGRAM, "data", "convert", "fashion-mnist", "--out", whole], FOLDER / "held-out.log")
    for source, kind in ((whole, "images-idx3"), (FOLDER / "train.idx.labels", "labels-idx1")):
        content = source.read_bytes()
        dimensions = content[3]
        sizes = struct.unpack(f">{dimensions}I", content[4:4 + 4 * dimensions])
        body = content[4 + 4 * dimensions:]
        item = len(body) // sizes[0]
        kept = sizes[0] - HELD_OUT
        for prefix, count, part in (("train", kept, body[:kept * item]), ("t10k", HELD_OUT, body[kept * item:])):
            head = content[:4] + struct.pack(f">{dimensions}I", count, *sizes[1:])
            write(folder / f"{prefix}-{kind}-ubyte", head + part)
    return folder


def choose(name, epochs, seed, pool):
    """Finds the value whose samples are nearest to the held-out pictures; chosen() knows it from then on."""
    option, values = CHOICES[name]
    data = held_out_data()

    def report_of(value):
        run_name = f"{option}-{value:g}"
        out = train(run_name, with_value(MODELS[name][1], value), data, epochs, seed)
        return score(run_name, out, data)

    reports = dict(zip(values, pool.map(report_of, values)))
    figures = {value: report["rows"][-1]["cfid"] for value, report in reports.items()}
    results.RECORDS.mkdir(parents=True, exist_ok=True)
    write(results.RECORDS / f"{option}.json", json.dumps({
        "epochs": epochs, "cfid": figures, "seed": seed, "device": DEVICE, "precision": PRECISION, "commit": commit(),
        "hardware": hardware(), "classifier": reports[values[0]]["classifier"]["sha256"]}) + "\n")
    if min(figures, key=figures.get) in (values[0], values[-1]):
        print(f"bench: the best {option} is at the edge of those tried: widen CHOICES", flush=True)


def hardware():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    threads = os.environ.get("OMP_NUM_THREADS")
    cores = f"{f'{threads} of ' if threads else ''}{os.cpu_count()} cores of {model}"
    if DEVICE == "cpu":
        return cores
    gpu = subprocess.run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True)
    return f"{gpu.stdout.splitlines()[0].strip()} and {cores}"


def seed_list(text):
    if not all(part.isdigit() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text} is not a list such as 1,2,3")
    return text


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench quality", description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--ablation-epochs", type=int, help="of the avae with one part changed, and of the avae beside them (default: --epochs)")
    parser.add_argument("--ablation-cas", action="store_true", help="their CAS too, each of which trains a classifier for minutes")
    parser.add_argument("--choice-epochs", type=int, help="of each candidate for the VAE's β and the GAN's γ, which are chosen once (default: 5)")
    parser.add_argument("--seeds", default="1", help="such as 1,2,3", type=seed_list)
    parser.add_argument("--only", default="", help=f"some of {', '.join(RUNS)}")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time (%(default)s); several suit a GPU, whose work on one small network is small")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], help="of training (default: the device's)")
    parser.add_argument("--program", type=pathlib.Path,
                        help="built from this checkout (default: that of the preset dev, with --device cuda train-cuda)")
    parser.add_argument("--json", help="also write every figure as JSON")
    arguments = parser.parse_args()
    if arguments.ablation_epochs is None:
        arguments.ablation_epochs = arguments.epochs
    for option in ("epochs", "ablation_epochs", "choice_epochs"):
        if getattr(arguments, option) is not None and getattr(arguments, option) < 1:
            parser.error(f"--{option.replace('_', '-')} {getattr(arguments, option)}: at least one")
    if arguments.program is None:
        preset = os.environ.get("AVAE_PRESET") or ("train-cuda" if arguments.device == "cuda" else "dev")
        arguments.program = results.REPOSITORY / f"build/{preset}/native/cli/avae"
    if not arguments.program.is_file():
        parser.error(f"there is no program {arguments.program}: build it first")
    if arguments.jobs < 1:
        parser.error(f"--jobs {arguments.jobs}: at least one run at a time")
    global PROGRAM, DEVICE, PRECISION
    PROGRAM, DEVICE = arguments.program.resolve(), arguments.device
    PRECISION = arguments.precision or ("bf16" if DEVICE == "cuda" else "fp32")
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    names = arguments.only.split(",") if arguments.only else list(RUNS)
    for name in names:
        if name not in RUNS:
            parser.error(f"no run is called {name}: use some of {', '.join(RUNS)}")
        known = choice(name)
        if known and arguments.choice_epochs not in (None, known[0]):
            parser.error(f"--choice-epochs {arguments.choice_epochs}: {CHOICES[name][0]} was chosen after {known[0]} epochs, remove "
                         f"{results.RECORDS / CHOICES[name][0]}.json to choose it anew")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    failures = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for name in names:
            if name in CHOICES and chosen(name) is None:
                choose(name, arguments.choice_epochs or 5, seeds[0], pool)
        # Seed by seed, so that a stop leaves whole rows of fewer seeds.
        runs = {}
        for group, epochs in ((MODELS, arguments.epochs), (ABLATIONS, arguments.ablation_epochs)):
            for name in group:
                if name in names:
                    runs.setdefault((name, epochs), group)  # the avae may be in both
        jobs = [pool.submit(train_and_score, name, with_value(group[name][1], chosen(name)), epochs, seed,
                            group is MODELS or arguments.ablation_cas, (name, epochs, seed) == ("avae", arguments.epochs, 1))
                for seed in seeds for (name, epochs), group in runs.items()]
        for job in concurrent.futures.as_completed(jobs):
            if job.exception():
                failures.append(job.exception())
                continue
            write_results()
    if arguments.json:
        groups = results.records_by_setting()
        mine = {epochs: groups.get((DEVICE, PRECISION, epochs), {}) for epochs in (arguments.epochs, arguments.ablation_epochs)}
        pathlib.Path(arguments.json).write_text(json.dumps(mine, indent=2))
    if failures:
        sys.exit("\n".join(map(str, failures)))


if __name__ == "__main__":
    main()
