"""What the quality table is made of: its columns, the aims, rows over seeds, and charts of curves. Used by quality.py."""

COLUMNS = [
    ("cfid", "cFID ↓", 2), ("kid", "KID ↓", 3), ("precision", "precision", 3), ("recall", "recall", 3),
    ("density", "density", 3), ("coverage", "coverage", 3), ("sharpness", "sharpness", 2),
    ("class_agreement", "agreement", 3), ("cas", "CAS", 3), ("mse", "MSE", 4), ("ssim", "SSIM", 3),
    ("memorisation", "memorisation", 2), ("gfid_over_rfid", "gFID/rFID", 2),
]


# What the avae must show, frozen before the runs (int8 apart, which came with the models in int8). Each: the aim, the rows it needs (their figures come as r[name]; the
# frame's are "real" and "noisy"), the figure, and its range.
AIMS = [
    ("cFID ÷ the VAE's", ["avae", "vae"], lambda r: r["avae"]["cfid"] / r["vae"]["cfid"], (0, 0.5)),
    ("sharpness", ["avae"], lambda r: r["avae"]["sharpness"], (0.90, 1.10)),
    ("the VAE's sharpness", ["vae"], lambda r: r["vae"]["sharpness"], (0, 0.6)),
    ("coverage − the VAE's", ["avae", "vae"], lambda r: r["avae"]["coverage"] - r["vae"]["coverage"], (0.10, 1)),
    ("test MSE ÷ the VAE's", ["avae", "vae"], lambda r: r["avae"]["mse"] / r["vae"]["mse"], (0, 1.3)),
    ("coverage − the GAN's", ["avae", "gan"], lambda r: r["avae"]["coverage"] - r["gan"]["coverage"], (0.03, 1)),
    ("CAS − the GAN's", ["avae", "gan"], lambda r: r["avae"]["cas"] - r["gan"]["cas"], (0.02, 1)),
    ("cFID ÷ the GAN's", ["avae", "gan"], lambda r: r["avae"]["cfid"] / r["gan"]["cfid"], (0, 1.10)),
    ("cFID ÷ that of pictures with 5 % noise", ["avae"], lambda r: r["avae"]["cfid"] / r["noisy"]["cfid"], (0, 1 / 3)),
    ("class agreement", ["avae"], lambda r: r["avae"]["class_agreement"], (0.90, 1)),
    ("CAS − that of real pictures", ["avae"], lambda r: r["avae"]["cas"] - r["real"]["cas"], (-0.05, 1)),
    ("memorisation", ["avae"], lambda r: r["avae"]["memorisation"], (0.9, float("inf"))),
    ("gFID/rFID", ["avae"], lambda r: r["avae"]["gfid_over_rfid"], (0, 1.3)),
    ("cFID of fp16 weights ÷ that of fp32", ["avae"], lambda r: r["avae"]["fp16_over_fp32"], (0.99, 1.01)),
    ("cFID of int8 weights ÷ that of fp32", ["avae"], lambda r: r["avae"]["int8_over_fp32"], (0.99, 1.01)),
]


class Read(dict):
    """A row that knows of how many seeds the figures are that were looked at; the frame's are of none."""
    def __init__(self, row):
        super().__init__(row)
        self.seeds = row.get("seeds", float("inf"))

    def __getitem__(self, key):
        self.seeds = min(self.seeds, self.get("fewer", {}).get(key, self.seeds))
        return super().__getitem__(key)


def aims_table(rows):
    lines = ["| | aim | measured | seeds | |", "|---|---|---|---|---|"]
    for text, needs, figure, (low, high) in AIMS:
        if any(name not in rows for name in needs):
            continue
        aim = f"at least {low:.2f}" if high in (1, float("inf")) else f"at most {high:.2f}" if low == 0 else f"{low:.2f} to {high:.2f}"
        read = {name: Read(row) for name, row in rows.items()}
        try:
            value = figure(read)
        except KeyError:  # scored without it
            lines.append(f"| {text} | {aim} | – | – | not measured |")
            continue
        seeds = min(read[name].seeds for name in needs)
        lines.append(f"| {text} | {aim} | {value:.3f} | {seeds} | {'met' if low <= value <= high else '**missed**'} |")
    return "\n".join(lines)


def cell(row, key, digits):
    value, fewer = row.get(key), row.get("fewer", {}).get(key)
    return "–" if value is None else f"{value:.{digits}f}" + (f" (of {fewer})" if fewer else "")


def table(rows):
    lines = ["| | " + " | ".join(heading for _, heading, _ in COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, row in rows:
        lines.append(f"| {name} | " + " | ".join(cell(row, key, digits) for key, _, digits in COLUMNS) + " |")
    return "\n".join(lines)


def mean_row(records):
    """The mean over seeds of each figure of the model's row; under "fewer", how many seeds have a figure that not all have, under
    "seeds", how many there are."""
    rows = [each["report"]["rows"][-1] for each in records]
    keys = dict.fromkeys(key for row in rows for key, value in row.items() if isinstance(value, (int, float)))
    present = {key: [row[key] for row in rows if row.get(key) is not None] for key in keys}
    fewer = {key: len(values) for key, values in present.items() if 0 < len(values) < len(rows)}
    return {key: sum(values) / len(values) for key, values in present.items() if values} | {"fewer": fewer, "seeds": len(rows)}


def chart(series, title, file):
    """An SVG of curves over epochs, a line per run."""
    width, height, left, bottom, top = 640, 280, 52, 36, 30
    colours = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#888888"]
    colour_of = {name: colours[i % len(colours)] for i, name in enumerate(series)}
    lines = {name: points for name, points in series.items() if points}
    if not lines:
        return False
    xs = [x for points in lines.values() for x, _ in points]
    ys = sorted(y for points in lines.values() for _, y in points)
    low = min(0, ys[0])
    high = max(1.05 * ys[int(0.99 * (len(ys) - 1))], low + 1e-6)
    right = max(xs)
    def at(x, y):
        y = min(max(y, low), high)
        return (left + (width - left - 12) * x / right, height - bottom - (height - bottom - top) * (y - low) / (high - low))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="#fff"/><text x="{left}" y="18" font-size="14">{title}</text>']
    for i in range(5):
        value = low + (high - low) * i / 4
        _, y = at(0, value)
        parts.append(f'<path d="M{left} {y:.1f}H{width - 12}" stroke="#ddd"/><text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    for i in range(5):
        value = right * i / 4
        x, _ = at(value, low)
        parts.append(f'<text x="{x:.1f}" y="{height - bottom + 16}" text-anchor="middle">{value:.0f}</text>')
    parts.append(f'<text x="{width - 12}" y="{height - 6}" text-anchor="end">epoch</text>')
    for i, (name, points) in enumerate(lines.items()):
        drawn = ["%.1f %.1f" % at(x, y) for x, y in points]
        colour = colour_of[name]
        parts.append(f'<path d="M{"L".join(drawn)}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{left + 8 + 110 * (i % 5)}" y="{height - 8 - 14 * (i // 5)}" fill="{colour}">{name}</text>')
    file.write_text("\n".join(parts + ["</svg>\n"]))
    return True
