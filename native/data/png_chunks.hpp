// PNG files chunk by chunk: share links in them, and animations made of them. The bytes are those that the page writes
// (web/png.mjs): what one saves, the other opens.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

/// `png` with a share link (base64url, without '#') in a tEXt chunk "avae-link" behind its head, in place of an earlier
/// one. Errors: not a PNG file, cut off, altered.
Result<std::vector<std::uint8_t>> with_link(std::span<const std::uint8_t> png, std::string_view link);

/// The share link in a file's bytes, its first 65536 characters: whatever it says is to be checked like any other link.
/// Nothing in a file that holds none, is no PNG, is cut off or was altered anywhere.
std::optional<std::string> link_in(std::span<const std::uint8_t> bytes);

/// Whether a share link was put into these bytes at some time, also where link_in() finds it no longer.
bool had_link(std::span<const std::uint8_t> bytes);

/// An animated PNG of one or more PNG files of one size and kind, each shown for `frame_ms` (1..65535), `plays` times
/// over; 0 for ever. Programs that know no animation show the first. Errors: as with_link() for any of them, files of
/// different sizes or kinds.
Result<std::vector<std::uint8_t>> animate_png(std::span<const std::vector<std::uint8_t>> pngs, int frame_ms, int plays);

}  // namespace avae
