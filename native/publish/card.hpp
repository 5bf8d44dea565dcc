// The picture that a site shows where its address is posted.
#pragma once

#include "native/data/image.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {

inline constexpr int kCardWidth = 1200;
inline constexpr int kCardHeight = 630;

/// RGB, kCardHeight x kCardWidth: samples of the decoder, classes in turn, in rows on the page's dark ground. Errors:
/// as Network's.
Result<Image> make_card(const RoleWeights& decoder);

}  // namespace avae
