"""Writes inter.cpp: subsets of Inter as byte arrays. Usage: subset.py OUT.cpp FUNCTION=FONT.otf …"""
import io
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = [(0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x2026), (0x2190, 0x2193), (0x2212, 0x2212)]


def tabular_figures(font):
    """Maps the digits to their fixed-width forms: the renderer knows no OpenType features."""
    gsub = font["GSUB"].table
    wanted = {i for record in gsub.FeatureList.FeatureRecord if record.FeatureTag == "tnum" for i in record.Feature.LookupListIndex}
    forms = {}
    for index in wanted:
        for table in gsub.LookupList.Lookup[index].SubTable:
            forms.update(getattr(getattr(table, "ExtSubTable", table), "mapping", {}))
    for table in font["cmap"].tables:
        if table.isUnicode():
            for code in range(ord("0"), ord("9") + 1):
                table.cmap[code] = forms.get(table.cmap[code], table.cmap[code])


def reduced(path):
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = []
    options.notdef_outline = True
    options.desubroutinize = False
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "STAT", "DSIG"]
    font = TTFont(path)
    tabular_figures(font)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    cutter.subset(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def main():
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write('#include "shared/playground/font/inter.hpp"\n\nnamespace avae {\n')
        for pair in sys.argv[2:]:
            name, path = pair.split("=", 1)
            data = reduced(path)
            rows = (",".join(map(str, data[i:i + 32])) for i in range(0, len(data), 32))
            out.write(f"\nstd::span<const unsigned char> {name}() {{\n  static constexpr unsigned char kBytes[] = {{\n")
            out.write(",\n".join(rows))
            out.write("};\n  return kBytes;\n}\n")
        out.write("\n}  // namespace avae\n")


main()
