// Inter, subset to Latin and a few signs, figures tabular, as OpenType bytes. Made at build time by subset.py.
#pragma once

#include <span>

namespace avae {

std::span<const unsigned char> inter_regular();
std::span<const unsigned char> inter_semibold();

}  // namespace avae
