// Undo and redo over whole states.
#pragma once

#include <cstddef>
#include <vector>

#include "shared/playground/state.hpp"

namespace avae {

/// A line of states with a cursor. A state that differs from the cursor's only by its view replaces it: walking between
/// views is no edit.
class History {
 public:
  static constexpr std::size_t kMaxStates = 256;

  /// Starts over from `state`.
  void reset(const AppState& state);
  /// Records `state` after the cursor and forgets what could be redone. True when it is a new entry.
  bool commit(const AppState& state);
  bool can_undo() const { return cursor_ > 0; }
  bool can_redo() const { return cursor_ + 1 < states_.size(); }
  /// Moves the cursor; the state there. Needs can_undo() or can_redo().
  const AppState& undo() { return states_[--cursor_]; }
  const AppState& redo() { return states_[++cursor_]; }
  const AppState& current() const { return states_[cursor_]; }
  /// Model `from` is called `to` now, in every state.
  void rename_model(const ModelId& from, const ModelId& to);

 private:
  std::vector<AppState> states_ = {AppState{}};
  std::size_t cursor_ = 0;
};

}  // namespace avae
