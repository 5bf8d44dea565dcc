// Enlarges pictures on the CPU, so that a 28-pixel picture looks calm at 400 and is exact when that is asked for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace avae {

/// pixels uint8 [height, width, channels], channels 1 or 3 -> RGBA [height * factor + 2 * border, width * factor + 2 *
/// border, 4]. `smooth` interpolates by Catmull-Rom splines, clamped; otherwise each pixel becomes a square. The border
/// repeats the edge.
std::vector<std::uint8_t> upscale(std::span<const std::uint8_t> pixels, int height, int width, int channels, int factor,
                                  bool smooth, int border);

}  // namespace avae
