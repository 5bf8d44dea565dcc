"""What scripts/bench quality trains, the records that it leaves in docs/results/runs/, and docs/results.md, which is written from
them alone. Used by quality.py."""

import json
import pathlib
import sys

from quality_table import aims_table, chart, mean_row, table

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PICTURES = REPOSITORY / "docs/results"
RECORDS = PICTURES / "runs"
CURVES = [("mse", "reconstruction, mean squared error"), ("kl", "KL, nats"), ("margin", "discriminator's margin, logits")]

HELD_OUT = 5000
# What the avae's parents get chosen on the held-out pictures, so that neither is a straw man.
CHOICES = {"vae": ("beta", [0.015625, 0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2, 4]), "gan": ("gamma", [0.015, 0.05, 0.2])}

# name -> (what it is, options of `avae train` besides data, epochs, seed); {} is the value chosen.
MODELS = {
    "vae": ("VAE, β chosen, the same fitted prior", "--objective vae --beta {}"),
    "gan": ("GAN of the same decoder and discriminator, γ chosen", "--objective gan --gamma {}"),
    "avae": ("the default", "--objective avae"),
}
# Their table begins with the avae itself, trained for as long as they are.
ABLATIONS = {
    "avae": MODELS["avae"],
    "no-details": ("the encoder tells every coordinate of the code", "--objective avae --details 0"),
    "avae-bce": ("the textbook's adversarial loss", "--objective avae --adversarial bce"),
    "no-prior-fit": ("samples from N(0, I)", "--objective avae --prior standard"),
    "one-gaussian": ("one Gaussian per class as prior instead of eight", "--objective avae --switches 0"),
    "samples-only": ("the discriminator sees no reconstructions", "--objective avae --fakes prior"),
    "reconstructions-only": ("the discriminator sees no samples of the prior", "--objective avae --fakes reconstruction"),
    "no-feature-loss": ("no feature loss", "--objective avae --feature-weight 0"),
    "no-balance": ("a fixed adversarial weight", "--objective avae --no-balance"),
    "no-average": ("the last weights, not their average", "--objective avae --ema 0"),
    "augmented": ("with shifts and cutouts before the discriminator", "--objective avae --augment"),
    "wide-discriminator": ("a discriminator of 2.9 times the weights", "--objective avae --discriminator-widths 160,96,32"),
    "full-resolution-blocks": ("a residual block at full resolution in all three networks", "--objective avae --blocks 1,1,1"),
}
RUNS = MODELS | ABLATIONS


def run_name_of(name, epochs, seed):
    return f"{name}-e{epochs}-s{seed}"


def record_file(name, epochs, seed):
    return RECORDS / f"{run_name_of(name, epochs, seed)}.json"


def record(name, epochs, seed):
    """The record of a finished run, or None."""
    file = record_file(name, epochs, seed)
    return json.loads(file.read_text()) if file.exists() else None


def choice(name):
    """The epochs of every value tried and its cFID, in whichever sitting; None before that, and for what has nothing to choose."""
    kept = RECORDS / f"{CHOICES[name][0]}.json" if name in CHOICES else None
    if not kept or not kept.exists():
        return None
    known = json.loads(kept.read_text())
    return known["epochs"], {float(value): figure for value, figure in known["cfid"].items()}


def chosen(name):
    known = choice(name)
    return min(known[1], key=known[1].get) if known else None


def with_value(options, value):
    return options.replace("{}", "?" if value is None else f"{value:g}")


def records_by_setting():
    """(device, precision, epochs) -> name -> the records of its seeds, of the options that the name stands for now, whichever
    sitting made them; GPUs first, short runs before long ones."""
    groups = {}
    for file in sorted(RECORDS.glob("*-e*-s*.json")):
        known, name = json.loads(file.read_text()), file.stem.rsplit("-", 2)[0]
        settings = known["settings"]
        if name in RUNS and settings["options"] == with_value(RUNS[name][1], chosen(name)):
            group = groups.setdefault((settings["device"], settings["precision"], settings["epochs"]), {})
            group.setdefault(name, []).append(known)
    return {key: {name: groups[key][name] for name in RUNS if name in groups[key]}
            for key in sorted(groups, key=lambda key: (key[0] != "cuda", key))}


def distinct(records, setting):
    return " and ".join(sorted({each["settings"][setting] for each in records}))


def classifier_of(key, records):
    """The classifier that scored all `records` (name -> records), which stand in one table; its SHA-256."""
    known = {each["report"]["classifier"]["sha256"] for group in records.values() for each in group}
    if len(known) > 1:
        sys.exit(f"bench: the records of {key[2]} epochs were scored by different classifiers, {', '.join(sorted(known))}: "
                 "remove those of one, and score their runs again")
    return known.pop()


def frame_of(report):
    return {row["name"]: row for row in report["rows"] if row["kind"] == "frame"}


def command_of(records, key):
    """The commands that make all `records` (name -> records): one for each choice of seeds."""
    device, precision, epochs = key
    by_seeds = {}
    for name, known in records.items():
        by_seeds.setdefault(",".join(sorted(str(each["settings"]["seed"]) for each in known)), []).append(name)
    return " and ".join(f"`scripts/bench quality --epochs {epochs} --seeds {seeds} --only {','.join(names)} --device {device} --precision {precision}`"
                        for seeds, names in by_seeds.items())


def write_results():
    """docs/results.md from every record: for each device, precision and number of epochs the models with the aims, and the avae
    with one part changed."""
    groups = records_by_setting()
    every = [each for known in groups.values() for records in known.values() for each in records]
    if not every:
        return
    classifiers = {key: classifier_of(key, records) for key, records in groups.items()}
    frames = {each["report"]["classifier"]["sha256"]: each["report"] for each in every}
    n = every[0]["report"]["n"]
    out = ["# Results", "",
           f"Fashion-MNIST, class-conditional, the networks of `--preset fashion`; {n} samples against the {n} test pictures, of models as "
           "`avae train` leaves them, most weights in int8. Figures are means over the seeds named below each table; (of 2) says that two "
           "of them have that figure. Features come from a classifier that no model is trained with. Every machine trains its own, so compare within a "
           "table, or between tables of one classifier. [Training](training.md#how-good-is-a-model) says what each column is.", "",
           "## The frame", "", "Training pictures scored as if they were samples, the same with 5 % noise, and blurred.", ""]
    for sha256, report in frames.items():
        out += [f"Classifier {sha256[:12]}, test accuracy {report['classifier']['test_accuracy']:.3f}:", "", table(list(frame_of(report).items())), ""]

    def add_table(heading, of, records, key):
        runs = [each for known in records.values() for each in known]
        engines = {each["report"]["engine"] for each in runs}
        out.extend([f"## {heading}, {key[2]} epochs each", "",
                    f"{command_of(records, key)}, commit {distinct(runs, 'commit')}, on {distinct(runs, 'hardware')}; classifier {classifiers[key][:12]}; "
                    f"samples by {' or '.join(f'`--engine {engine}`' for engine in sorted(engines))}.", "",
                    table([(name, mean_row(known)) for name, known in records.items()]), ""])
        for name, known in records.items():
            minutes = sum(each["minutes"] for each in known) / len(known)
            seen = ", ".join(str(each["settings"]["seed"]) for each in known)
            given = " or ".join(sorted({f"`avae train {each['settings'].get('given', each['settings']['options'])} --epochs {key[2]}`" for each in known}))
            own = {each["report"]["engine"] for each in known}
            drawn = "" if len(own) < 2 else "; samples of " + " and ".join(
                f"seed {', '.join(str(each['settings']['seed']) for each in known if each['report']['engine'] == engine)} by `--engine {engine}`" for engine in sorted(own))
            spread = "" if len(known) < 2 else "; cFID of each " + ", ".join(f"{each['report']['rows'][-1]['cfid']:.2f}" for each in known)
            # Not trained as the command says, which the record then tells.
            how = known[0]["settings"].get("note") or f"{minutes:.0f} minutes each, by the clock, with whatever ran beside it"
            out.append(f"* **{name}**: {of[name][0]}. {given}, seed {seen}{spread}{drawn}; {how}.")
        if any(each["settings"].get("given", each["settings"]["options"]) != each["settings"]["options"] for each in runs):
            out.append("* Options are written out where they were not yet the defaults of that commit; the command above is today's. rFID too is that of today's "
                       "`avae eval` (e0623b8).")
        out.append("")

    sheets, longest = [], None
    for key, known in groups.items():
        models = {name: known[name] for name in MODELS if name in known}
        changed = {name: known[name] for name in ABLATIONS if name in known}
        if models and (set(models) - set(changed) or len(changed) == 1):
            add_table("Models", MODELS, models, key)
            means = frame_of(frames[classifiers[key]]) | {name: mean_row(records) for name, records in models.items()}
            out += [f"### Aims, set before the runs, after {key[2]} epochs", "",
                    "They stand since commit 4b3ac95, int8's since d6d4ed8. rFID is that of drawn codes since e0623b8: by that of their means, as "
                    "before, gFID/rFID was 0.15 for the avae of 40 epochs.", "", aims_table(means), ""] if "avae" in models else []
            longest = max(longest or (0, {}), (key[2], models), key=lambda each: each[0])
        if set(changed) - set(MODELS):
            add_table("The avae with one part changed", ABLATIONS, changed, key)
        sheets += [(name, key[2]) for name in known]
    for name, (epochs, figures) in {name: choice(name) for name in CHOICES if choice(name)}.items():
        out += [f"{CHOICES[name][0]} of the {name} was chosen by cFID on the last {HELD_OUT} training pictures, held out, after "
                f"{epochs} epochs (`--choice-epochs {epochs}`): " + ", ".join(f"{value:g} gave {figure:.2f}" for value, figure in sorted(figures.items()))
                + f". It is {chosen(name):g}, of one seed each.", ""]
    out += ["## Samples", ""]
    for name, epochs in sheets:
        sheet = f"{run_name_of(name, epochs, 1)}.png"
        if (PICTURES / sheet).exists():
            out += [f"{name}, {epochs} epochs:", "", f"![Samples of {name}, a row per class](results/{sheet})", ""]
    if longest:
        out += [f"## Curves, {longest[0]} epochs", ""]
        for key, title in CURVES:
            if chart({name: records[0]["curves"][key] for name, records in longest[1].items()}, title, PICTURES / f"{key}.svg"):
                out += [f"![{title}](results/{key}.svg)", ""]
    out += ["## Tries", "", "What was tried on the way to this recipe, with figures: [tries](results/tries.md).", ""]
    (REPOSITORY / "docs/results.md").write_text("\n".join(out))
