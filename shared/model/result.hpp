// Errors as values: what went wrong, and what to do about it.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace avae {

/// One fault, told to a person. `message` says what happened, `hint` what to do (may be empty).
/// Both are one line, without a trailing full stop.
struct Error {
  std::string message;
  std::string hint;

  /// "message: hint", or just the message when there is no hint.
  std::string text() const { return hint.empty() ? message : message + ": " + hint; }
};

/// A value or an Error. Shared code returns these; it never throws and never exits.
template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(hint)});
}

}  // namespace avae
