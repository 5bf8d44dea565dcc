// manifest.json: what a published site has, for the page, for the next publish and for avae open.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/latent/atlas.hpp"
#include "shared/model/result.hpp"
#include "shared/model/spec.hpp"

namespace avae {

struct SiteFile {
  std::string path;  ///< below the site, forward slashes
  std::int64_t bytes = 0;
  std::string sha256;  ///< 64 hex digits
  /// Bytes of the same file compressed, which is beside it under path + kGzipEnding; 0 when it is not there.
  std::int64_t gzip_bytes = 0;
  bool operator==(const SiteFile&) const = default;
};

struct SiteModel {
  std::string id;  ///< 16 hex digits, the start of the decoder's SHA-256
  std::string name;
  std::string title;  ///< for people
  bool current = true;  ///< false: kept so that old links open
  ModelSpec spec;
  SiteFile decoder;
  std::optional<SiteFile> encoder, discriminator, atlas;
  std::optional<RealismScale> realism;  ///< the atlas's, so that the page need not fetch that first
  std::string opening;  ///< link to the picture that the site opens with, as openings() gives it, or empty
};

struct Manifest {
  std::string default_id;
  std::string live;      ///< path of a training run's live.json, or empty
  std::string base_url;  ///< absolute, ends in '/', or empty
  std::vector<SiteModel> models;
  std::vector<SiteFile> files;  ///< everything else that the page may fetch
};

/// A relative path of plain names: letters, digits, '.', '_', '-'; no name starts with a dot; at most 200 characters.
bool is_site_path(std::string_view path);

/// The entry of a file with these bytes.
SiteFile site_file(std::string path, std::span<const std::uint8_t> bytes);

/// Errors name the fault and where it is ("models[1].decoder.sha256 ..."): not JSON, a key twice, a newer version, a
/// key missing or of another type, a path that leaves the site, a hash that is none, an id unlike its decoder's hash,
/// an invalid spec, an id or a path twice, a default that is not listed. Unknown keys are ignored, as the page ignores
/// them.
Result<Manifest> parse_manifest(std::string_view json);

/// Pretty-printed JSON.
std::string to_json(const Manifest& manifest);

}  // namespace avae
