#include "shared/playground/history.hpp"

namespace avae {

void History::reset(const AppState& state) {
  states_.assign(1, state);
  cursor_ = 0;
}

bool History::commit(const AppState& state) {
  AppState here = states_[cursor_];
  here.view = state.view;
  if (here == state) {
    states_[cursor_].view = state.view;
    return false;
  }
  states_.resize(cursor_ + 1);
  states_.push_back(state);
  if (states_.size() > kMaxStates) states_.erase(states_.begin());
  cursor_ = states_.size() - 1;
  return true;
}

void History::rename_model(const ModelId& from, const ModelId& to) {
  for (AppState& state : states_) {
    if (state.model == from) state.model = to;
  }
}

}  // namespace avae
