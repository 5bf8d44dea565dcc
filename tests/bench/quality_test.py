"""The quality table from records alone, without training: python3 tests/bench/quality_test.py"""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

import quality
import quality_results as results
from quality_table import aims_table, mean_row, table

AVAE = {"cfid": 4.0, "sharpness": 0.95, "coverage": 0.95, "mse": 0.008, "cas": 0.89, "class_agreement": 0.91, "memorisation": 1.0,
        "gfid_over_rfid": 1.5, "fp16_over_fp32": 1.0, "int8_over_fp32": 0.98}
VAE = {"cfid": 16.0, "sharpness": 0.5, "coverage": 0.83, "mse": 0.006, "cas": 0.85}
FRAME = {"real": {"cfid": 0.9, "cas": 0.93}, "noisy": {"cfid": 40.0}}


def record(options, seed=1, classifier="c" * 64, given=None, epochs=20, **figures):
    rows = [{"name": name, "kind": "frame", **row} for name, row in FRAME.items()] + [{"name": "run", "kind": "model", **figures}]
    settings = {"options": options, "epochs": epochs, "seed": seed, "device": "cpu", "precision": "fp32", "commit": "1234567", "hardware": "2 cores"}
    return {"settings": settings | ({"given": given} if given else {}), "minutes": 3.0, "curves": {key: [[0.5, 2], [1, 1]] for key, _ in results.CURVES},
            "report": {"n": 10000, "engine": "core", "classifier": {"sha256": classifier, "test_accuracy": 0.93}, "rows": rows}}


class Tables(unittest.TestCase):
    def test_aims_say_met_missed_and_not_measured(self):
        avae, vae = AVAE | {"seeds": 3, "fewer": {"gfid_over_rfid": 2}}, VAE | {"seeds": 3, "fewer": {"mse": 1}}
        said = {line.split(" | ")[0].strip("| "): line for line in aims_table(FRAME | {"avae": avae, "vae": vae}).splitlines()[2:]}
        self.assertIn("| at most 0.50 | 0.250 | 3 | met |", said["cFID ÷ the VAE's"])
        self.assertIn("| at most 1.30 | 1.333 | 1 | **missed** |", said["test MSE ÷ the VAE's"])
        self.assertIn("| at most 1.30 | 1.500 | 2 | **missed** |", said["gFID/rFID"])
        self.assertNotIn("cFID ÷ the GAN's", said)  # there is no GAN
        without = {key: value for key, value in AVAE.items() if key not in ("cas", "fp16_over_fp32")}
        said = aims_table(FRAME | {"avae": without, "vae": VAE})
        self.assertIn("| CAS − that of real pictures | at least -0.05 | – | – | not measured |", said)
        self.assertIn("| cFID of fp16 weights ÷ that of fp32 | 0.99 to 1.01 | – | – | not measured |", said)

    def test_a_row_is_the_mean_of_its_seeds_and_says_what_fewer_have(self):
        row = mean_row([record("", 1, cfid=4.0, gfid_over_rfid=None), record("", 2, cfid=5.0, gfid_over_rfid=1.25), record("", 3, cfid=6.0, gfid_over_rfid=1.75)])
        self.assertEqual(row["cfid"], 5)
        self.assertEqual(row["gfid_over_rfid"], 1.5)
        cells = table([("avae", row)]).splitlines()[-1].split(" | ")
        self.assertEqual(cells[1], "5.00")
        self.assertEqual(cells[-1], "1.50 (of 2) |")
        self.assertEqual(cells[2], "–")  # no seed has a KID


# Takes the place of avae: logs its commands, and fails the first time that it trains no-balance.
PROGRAM = """#!/usr/bin/env python3
import json, os, pathlib, sys
words = sys.argv[1:]
value = lambda option: words[words.index(option) + 1]
folder = pathlib.Path(os.environ["QUALITY_TEST"])
with open(folder / "log", "a") as log:
    log.write(" ".join(words) + "\\n")
if words[0] == "train":
    out = pathlib.Path(value("--out"))
    (out / "samples").mkdir(parents=True, exist_ok=True)
    if "--no-balance" in words and not (folder / "failed").exists():
        (folder / "failed").touch()
        sys.exit("avae: the disk is full")
    (out / "samples/epoch-0001.png").write_bytes(b"png")
    (out / "metrics.jsonl").write_text(json.dumps({"epoch": 1, "seconds": 120, "losses": {"mse": 0.01}}) + "\\n")
else:
    rows = [{"name": name, "kind": "frame", "cfid": 1.0, "cas": 0.93} for name in ("real", "noisy")] + [{"name": "run", "kind": "model", "cfid": 5.0}]
    pathlib.Path(value("--json")).write_text(json.dumps({"n": 10000, "engine": "core", "rows": rows, "classifier": {"sha256": "c" * 64, "test_accuracy": 0.93}}))
"""


class Results(unittest.TestCase):
    """write_results() and main() in a folder of their own."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        records = self.folder / "docs/results/runs"
        records.mkdir(parents=True)
        for name, value in {"REPOSITORY": self.folder, "PICTURES": records.parent, "RECORDS": records}.items():
            self.enterContext(mock.patch.object(results, name, value))
        self.enterContext(mock.patch.object(quality, "FOLDER", self.folder / "build/quality"))

    def keep(self, name, **settings):
        options = results.with_value(results.RUNS[name][1], results.chosen(name))
        made = record(options, **settings)
        results.record_file(name, made["settings"]["epochs"], made["settings"]["seed"]).write_text(json.dumps(made))

    def text(self):
        results.write_results()
        return (self.folder / "docs/results.md").read_text()

    def refusal(self, *arguments):
        said = io.StringIO()
        with mock.patch("sys.argv", ["quality", "--program", __file__, *arguments]), contextlib.redirect_stderr(said), self.assertRaises(SystemExit):
            quality.main()
        return said.getvalue()

    def test_no_record_writes_nothing(self):
        results.write_results()
        self.assertFalse((self.folder / "docs/results.md").exists())

    def test_models_and_changed_ones_have_a_table_each(self):
        quality.write(results.RECORDS / "beta.json", json.dumps({"epochs": 3, "cfid": {"0.5": 40.0, "1": 39.0}}))
        self.keep("avae", **AVAE)
        self.keep("avae", seed=2, **AVAE | {"cfid": 6.0})
        self.keep("vae", **VAE)
        self.keep("no-feature-loss", given="--objective avae --feature-weight 0 --more", **{key: AVAE[key] for key in ("cfid", "mse")})
        text = self.text()
        models, changed = text.split("## Models, 20 epochs each")[1].split("## The avae with one part changed, 20 epochs each")
        self.assertIn("| avae | 5.00 |", models)
        self.assertIn("`scripts/bench quality --epochs 20 --seeds 1 --only vae --device cpu --precision fp32`", models)
        self.assertIn("`scripts/bench quality --epochs 20 --seeds 1,2 --only avae --device cpu --precision fp32`", models)
        self.assertIn("`avae train --objective vae --beta 1 --epochs 20`, seed 1", models)
        self.assertIn("| cFID ÷ the VAE's | at most 0.50 | 0.312 | 1 | met |", models)
        self.assertIn("`avae train --objective avae --epochs 20`, seed 1, 2; cFID of each 4.00, 6.00; 3 minutes each", models)
        self.assertNotIn("Options are written out", models)
        self.assertIn("Options are written out", changed)
        self.assertIn("| avae | 5.00 |", changed)
        self.assertIn("| no-feature-loss | 4.00 |", changed)
        self.assertIn("`avae train --objective avae --feature-weight 0 --more --epochs 20`", changed)
        self.assertIn("chosen by cFID on the last 5000 training pictures", changed)
        self.assertTrue((results.PICTURES / "mse.svg").read_text().startswith("<svg"))

    def test_an_avae_without_cas_beside_its_changes_is_a_table_too(self):
        self.keep("avae", epochs=3, cfid=46.0, mse=0.02)
        self.assertIn("| CAS − that of real pictures | at least -0.05 | – | – | not measured |", self.text())
        self.keep("no-balance", epochs=3, cfid=44.0, mse=0.02)
        file = results.record_file("no-balance", 3, 1)
        known = json.loads(file.read_text())
        known["settings"]["note"] = "by hand"
        file.write_text(json.dumps(known))
        self.assertIn("`avae train --objective avae --no-balance --epochs 3`, seed 1; by hand.", self.text())
        self.assertIn("| no-balance | 44.00 |", self.text())

    def test_records_of_two_classifiers_do_not_share_a_table(self):
        self.keep("avae", **AVAE)
        self.keep("no-balance", classifier="d" * 64, **AVAE)
        with self.assertRaisesRegex(SystemExit, "different classifiers, cccc.*dddd"):
            results.write_results()

    def test_a_record_of_other_options_is_left_out(self):
        self.keep("avae", **AVAE)
        made = record("--objective avae --feature-weight 7", **AVAE)
        results.record_file("no-feature-loss", 20, 1).write_text(json.dumps(made))
        self.assertNotIn("no-feature-loss", self.text())

    def test_runs_are_trained_and_scored_once_and_what_failed_goes_on(self):
        program = self.folder / "avae"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        self.enterContext(mock.patch.dict("os.environ", {"QUALITY_TEST": str(self.folder)}))
        self.enterContext(mock.patch("signal.signal"))
        arguments = ["quality", "--program", str(program), "--epochs", "1", "--only", "no-balance,no-average"]
        with mock.patch("sys.argv", arguments), contextlib.redirect_stdout(io.StringIO()):
            with self.assertRaisesRegex(SystemExit, "(?s)avae: the disk is full.*run the same command again to go on"):
                quality.main()
            self.assertTrue(results.record("no-average", 1, 1))
            self.assertFalse(results.record("no-balance", 1, 1))
            quality.main()
            quality.main()
        log = (self.folder / "log").read_text().splitlines()
        self.assertEqual([line.split()[0] for line in log], ["train", "train", "eval", "train", "eval"])
        self.assertTrue(all("--resume" in line for line in log if line.startswith("train")))
        self.assertTrue(log[3].endswith("--objective avae --no-balance"))
        made = results.record("no-balance", 1, 1)
        self.assertEqual(made["report"]["rows"][-1]["cfid"], 5)
        self.assertEqual(made["minutes"], 2)
        self.assertEqual(made["settings"]["options"], "--objective avae --no-balance")
        self.assertEqual((results.PICTURES / "no-balance-e1-s1.png").read_bytes(), b"png")
        self.assertIn("| no-balance | 5.00 |", (self.folder / "docs/results.md").read_text())

    def test_a_folder_of_other_settings_is_not_taken_for_these(self):
        out = quality.FOLDER / "no-balance-e1-s1"
        out.mkdir(parents=True)
        (out / "settings.json").write_text(json.dumps({"options": "--objective avae", "done": True, "data": "", "epochs": 1, "seed": 1, "device": "cpu",
                                                       "precision": "fp32", "commit": "1234567"}))
        with mock.patch.object(quality, "DEVICE", "cpu", create=True), mock.patch.object(quality, "PRECISION", "fp32", create=True):
            with self.assertRaisesRegex(SystemExit, "was trained with other settings"):
                quality.train("no-balance-e1-s1", "--objective avae --no-balance", "fashion-mnist", 1, 1)

    def test_bad_usage_is_refused_before_anything_is_made(self):
        self.assertIn("no run is called sharp", self.refusal("--only", "sharp"))
        self.assertIn("--epochs 0: at least one", self.refusal("--epochs", "0"))
        self.assertIn("is not a list such as 1,2,3", self.refusal("--seeds", "1;2"))
        self.assertIn("there is no program", self.refusal("--program", "/nowhere/avae"))
        quality.write(results.RECORDS / "beta.json", json.dumps({"epochs": 3, "cfid": {"1": 39.0}}))
        self.assertIn("beta was chosen after 3 epochs", self.refusal("--only", "vae", "--choice-epochs", "5"))
        self.assertFalse(quality.FOLDER.exists())


if __name__ == "__main__":
    unittest.main()
