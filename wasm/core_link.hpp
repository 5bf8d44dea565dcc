// Link states as JSON, for the border between the core and JavaScript.
#pragma once

#include <string>
#include <string_view>

#include "shared/latent/link.hpp"
#include "shared/model/result.hpp"

namespace avae {

/// The form is described at avae_link_encode() in core.h.
std::string link_state_to_json(const LinkState& state);

/// Errors: not JSON, a key missing, unknown or of a wrong type, a value out of range, keyframes of another Z or K than
/// the sample. Messages begin with "state".
Result<LinkState> link_state_from_json(std::string_view json);

}  // namespace avae
