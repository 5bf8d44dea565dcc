#include "shared/playground/pictures.hpp"

#include <algorithm>

#include "shared/playground/upscale.hpp"

namespace avae {

namespace {

constexpr int kPage_px = 1024;
constexpr int kBorder_px = 1;  // repeats the edge, so that linear filtering never reaches a neighbour
constexpr int kMaxLargeFactor = 16;
constexpr int kMaxLarge_px = 1024;
constexpr int kMaxHovers = 2;  // requests

std::string key_of(const Keyframe& keyframe) {
  std::string key;
  key.reserve(keyframe.mix.size() + keyframe.latent.size());
  for (const std::uint8_t weight : keyframe.mix) key.push_back(static_cast<char>(weight));
  for (const std::int8_t step : keyframe.latent) key.push_back(static_cast<char>(step));
  return key;
}

}  // namespace

Pictures::~Pictures() { drop_textures(); }

void Pictures::drop_textures() {
  for (const ImTextureID page : pages_) host_.destroy_texture(page);
  for (Enlarged* enlarged : {&large_, &preview_}) {
    if (enlarged->texture != nullptr) host_.destroy_texture(enlarged->texture);
    *enlarged = {};
  }
  pages_.clear();
  free_cells_.clear();
}

void Pictures::set_model(const ModelInfo& model) {
  for (const auto& [ticket, flight] : flights_) service_.cancel(ticket);
  flights_.clear();
  for (auto& [key, entry] : entries_) entry.ticket = 0;
  const ModelSpec& next = model.spec;
  if (next.height != spec_.height || next.width != spec_.width || next.channels != spec_.channels ||
      next.latent != spec_.latent || next.classes != spec_.classes || generation_ == 0) {
    entries_.clear();
    drop_textures();
    latest_.clear();
  }
  model_ = model.id;
  spec_ = next;
  ++generation_;
  cells_per_side_ = kPage_px / (std::max(spec_.height, spec_.width) * tile_factor() + 2 * kBorder_px);
}

void Pictures::set_smooth(bool smooth) {
  if (smooth == smooth_) return;
  smooth_ = smooth;
  large_.key.clear();
  preview_.key.clear();
  for (auto& [key, entry] : entries_) entry.cell_model = 0;
}

void Pictures::textures_lost() {
  drop_textures();
  for (auto& [key, entry] : entries_) entry.cell = -1;
}

int Pictures::tile_factor() const { return std::clamp(96 / std::max(spec_.height, spec_.width), 1, 8); }

void Pictures::begin_frame() {
  ++frame_;
  uploads_ = 0;
  uploads_ms_ = 0.0;
  uploads_wait_ = false;
  for (std::vector<std::string>& keys : wanted_) keys.clear();
}

Pictures::Entry& Pictures::ask(const std::string& key, Priority priority) {
  Entry& entry = entries_[key];
  const bool first = entry.frame != frame_;
  entry.frame = frame_;
  if (first && entry.model != generation_ && entry.failed != generation_ && entry.ticket == 0) {
    wanted_[static_cast<std::size_t>(priority)].push_back(key);
  }
  return entry;
}

Picture Pictures::tile(const Keyframe& keyframe, Priority priority) {
  Entry& entry = ask(key_of(keyframe), priority);
  if (entry.pixels.empty()) return {};
  if (entry.cell < 0 || entry.cell_model != entry.model) {
    if (priority == Priority::kGallery && (uploads_ >= kMaxUploads || uploads_ms_ >= kUploads_ms)) {
      uploads_wait_ = true;
      return entry.cell < 0 ? Picture{} : place(entry);
    }
    upload_tile(entry);
  }
  return place(entry);
}

bool Pictures::want(const Keyframe& keyframe, Priority priority) {
  return !ask(key_of(keyframe), priority).pixels.empty();
}

bool Pictures::may_hover() const {
  return std::count_if(flights_.begin(), flights_.end(),
                       [](const auto& flight) { return flight.second.priority == Priority::kHover; }) < kMaxHovers;
}

void Pictures::hasten(const Keyframe& keyframe) {
  const std::string key = key_of(keyframe);
  const Entry& entry = entries_[key];
  if (entry.model == generation_ || entry.failed == generation_ || entry.ticket != 0 || !may_hover()) return;
  send(Priority::kHover, std::span(&key, 1));
}

Picture Pictures::known(const Keyframe& keyframe) {
  const auto found = entries_.find(key_of(keyframe));
  if (found == entries_.end() || found->second.pixels.empty()) return {};
  Entry& entry = found->second;
  if (entry.cell < 0 || entry.cell_model != entry.model) upload_tile(entry);
  return place(entry);
}

Picture Pictures::place(Entry& entry) {
  entry.placed = frame_;
  const int cells = cells_per_side_ * cells_per_side_;
  const int inner_w = spec_.width * tile_factor();
  const int inner_h = spec_.height * tile_factor();
  const int side = std::max(inner_w, inner_h) + 2 * kBorder_px;
  const int within = entry.cell % cells;
  const float x = static_cast<float>(within % cells_per_side_ * side + kBorder_px);
  const float y = static_cast<float>(within / cells_per_side_ * side + kBorder_px);
  constexpr float kScale = 1.0f / kPage_px;
  return {pages_[static_cast<std::size_t>(entry.cell / cells)],
          {x * kScale, y * kScale},
          {(x + static_cast<float>(inner_w)) * kScale, (y + static_cast<float>(inner_h)) * kScale},
          entry.ready_ms};
}

void Pictures::free_old_cells() {
  std::vector<Entry*> oldest;
  for (auto& [key, entry] : entries_) {
    if (entry.cell >= 0 && entry.placed != frame_ && entry.frame != frame_) oldest.push_back(&entry);
  }
  // A quarter of the atlas at once, so that this is rare.
  const std::size_t count = std::min(oldest.size(), static_cast<std::size_t>(cells_per_side_ * cells_per_side_) *
                                                        std::max<std::size_t>(kMaxPages / 4, 1));
  const auto end = oldest.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(oldest.begin(), end, oldest.end(),
                   [](const Entry* a, const Entry* b) { return a->placed < b->placed; });
  for (auto entry = oldest.begin(); entry != end; ++entry) {
    free_cells_.push_back((*entry)->cell);
    (*entry)->cell = -1;
  }
}

int Pictures::take_cell() {
  if (free_cells_.empty() && pages_.size() >= kMaxPages) free_old_cells();
  if (free_cells_.empty()) {
    const int cells = cells_per_side_ * cells_per_side_;
    const int first = static_cast<int>(pages_.size()) * cells;
    pages_.push_back(host_.create_texture(kPage_px, kPage_px));
    for (int i = cells - 1; i >= 0; --i) free_cells_.push_back(first + i);
  }
  const int cell = free_cells_.back();
  free_cells_.pop_back();
  return cell;
}

void Pictures::upload_tile(Entry& entry) {
  const double begin_ms = host_.now_ms();
  if (entry.cell < 0) entry.cell = take_cell();
  entry.cell_model = entry.model;
  const int factor = tile_factor();
  const std::vector<std::uint8_t> rgba =
      upscale(entry.pixels, spec_.height, spec_.width, spec_.channels, factor, smooth_, kBorder_px);
  const int side = std::max(spec_.width, spec_.height) * factor + 2 * kBorder_px;
  const int cells = cells_per_side_ * cells_per_side_;
  const int within = entry.cell % cells;
  host_.update_texture(pages_[static_cast<std::size_t>(entry.cell / cells)], within % cells_per_side_ * side,
                       within / cells_per_side_ * side, spec_.width * factor + 2 * kBorder_px,
                       spec_.height * factor + 2 * kBorder_px, rgba.data());
  ++uploads_;
  uploads_ms_ += host_.now_ms() - begin_ms;
}

Picture Pictures::large(const Keyframe& keyframe, int size_px) {
  std::string key = key_of(keyframe);
  const Entry* entry = &ask(key, Priority::kSample);
  if (entry->pixels.empty()) {
    if (latest_.empty()) return {};
    key = latest_;
    const auto found = entries_.find(key);
    if (found == entries_.end()) return {};
    found->second.frame = frame_;
    entry = &found->second;
  } else {
    latest_ = key;
  }

  return enlarge(large_, key, *entry, size_px);
}

Picture Pictures::preview(const Keyframe& keyframe, int size_px) {
  const std::string key = key_of(keyframe);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.pixels.empty()) return {};
  return enlarge(preview_, key, found->second, size_px);
}

Picture Pictures::enlarge(Enlarged& into, const std::string& key, const Entry& entry, int size_px) {
  const int longest = std::max(spec_.height, spec_.width);
  const int most = std::clamp(kMaxLarge_px / longest, 1, kMaxLargeFactor);
  const int factor = std::clamp((size_px + longest - 1) / longest, 1, most);
  const int width = spec_.width * factor;
  const int height = spec_.height * factor;
  if (into.texture == nullptr || factor != into.factor) {
    if (into.texture != nullptr) host_.destroy_texture(into.texture);
    into = {host_.create_texture(width, height), factor, {}, 0};
  }
  if (key != into.key || entry.model != into.model) {
    const std::vector<std::uint8_t> rgba =
        upscale(entry.pixels, spec_.height, spec_.width, spec_.channels, factor, smooth_, 0);
    host_.update_texture(into.texture, 0, 0, width, height, rgba.data());
    into.key = key;
    into.model = entry.model;
  }
  return {into.texture, {0.0f, 0.0f}, {1.0f, 1.0f}, entry.ready_ms};
}

void Pictures::end_frame() {
  cancel_unwanted();
  const bool sample_under_way = std::any_of(
      flights_.begin(), flights_.end(), [](const auto& flight) { return flight.second.priority == Priority::kSample; });
  if (!sample_under_way) send(Priority::kSample, wanted_[0]);
  const bool more_hovers = may_hover();
  for (const Priority priority : {Priority::kHover, Priority::kGallery}) {
    // A pointer that moves on wishes for more than can be decoded: the newest follows those under way.
    if (priority == Priority::kHover && !more_hovers) continue;
    const std::span<const std::string> keys = wanted_[static_cast<std::size_t>(priority)];
    for (std::size_t i = 0; i < keys.size(); i += kBatch)
      send(priority, keys.subspan(i, std::min<std::size_t>(kBatch, keys.size() - i)));
  }
  evict();
}

void Pictures::send(Priority priority, std::span<const std::string> keys) {
  if (keys.empty()) return;
  DecodeRequest request;
  request.ticket = ++last_ticket_;
  request.model = model_;
  request.priority = priority;
  request.count = static_cast<int>(keys.size());
  const auto classes = static_cast<std::ptrdiff_t>(spec_.classes);
  for (const std::string& key : keys) {
    request.mixes.insert(request.mixes.end(), key.begin(), key.begin() + classes);
    request.latents.insert(request.latents.end(), key.begin() + classes, key.end());
    entries_[key].ticket = request.ticket;
  }
  flights_[request.ticket] = {{keys.begin(), keys.end()}, priority};
  service_.decode(request);
}

void Pictures::cancel_unwanted() {
  for (auto flight = flights_.begin(); flight != flights_.end();) {
    // What was under the pointer is worth a look even when the visitor has moved on: it is the latest there is.
    const std::vector<std::string>& keys = flight->second.keys;
    const bool wanted =
        flight->second.priority != Priority::kGallery ||
        std::any_of(keys.begin(), keys.end(), [this](const std::string& key) { return entries_[key].frame == frame_; });
    if (wanted) {
      ++flight;
      continue;
    }
    service_.cancel(flight->first);
    for (const std::string& key : keys) entries_[key].ticket = 0;
    flight = flights_.erase(flight);
  }
}

void Pictures::evict() {
  const std::size_t most =
      std::clamp(kMaxKeptBytes / static_cast<std::size_t>(std::max(1, spec_.pixels())), kMinKept, kMaxKept);
  if (entries_.size() <= most) return;
  std::vector<std::pair<std::uint32_t, std::string>> oldest;
  for (const auto& [key, entry] : entries_) {
    if (entry.frame != frame_ && entry.ticket == 0 && key != latest_) oldest.emplace_back(entry.frame, key);
  }
  std::sort(oldest.begin(), oldest.end());
  const std::size_t surplus = std::min(oldest.size(), entries_.size() - most * 3 / 4);
  for (std::size_t i = 0; i < surplus; ++i) {
    const auto found = entries_.find(oldest[i].second);
    if (found->second.cell >= 0) free_cells_.push_back(found->second.cell);
    entries_.erase(found);
  }
}

bool Pictures::decoded(Ticket ticket, std::span<const std::uint8_t> pixels) {
  const auto found = flights_.find(ticket);
  if (found == flights_.end()) return false;
  const Flight flight = std::move(found->second);
  flights_.erase(found);
  const auto each = static_cast<std::size_t>(spec_.pixels());
  const bool fits = pixels.size() == each * flight.keys.size();
  const bool calm = flights_.size() <= kMaxFading;
  for (std::size_t i = 0; i < flight.keys.size(); ++i) {
    Entry& entry = entries_[flight.keys[i]];
    entry.ticket = 0;
    if (!fits) {
      entry.failed = generation_;
      continue;
    }
    if (entry.pixels.empty()) {
      entry.ready_ms = calm ? host_.now_ms() : kLongAgo_ms;
      newest_ms_ = std::max(newest_ms_, entry.ready_ms);
    }
    const std::span<const std::uint8_t> mine = pixels.subspan(i * each, each);
    entry.pixels.assign(mine.begin(), mine.end());
    entry.model = generation_;
    if (flight.priority == Priority::kSample) latest_ = flight.keys[i];
  }
  return fits;
}

bool Pictures::failed(Ticket ticket) {
  const auto found = flights_.find(ticket);
  if (found == flights_.end()) return false;
  for (const std::string& key : found->second.keys) {
    entries_[key].ticket = 0;
    entries_[key].failed = generation_;
  }
  flights_.erase(found);
  return true;
}

bool Pictures::has_failed(const Keyframe& keyframe) const {
  const auto found = entries_.find(key_of(keyframe));
  return found != entries_.end() && found->second.failed == generation_;
}

std::span<const std::uint8_t> Pictures::pixels(const Keyframe& keyframe) const {
  const auto found = entries_.find(key_of(keyframe));
  if (found == entries_.end() || found->second.model != generation_) return {};
  return found->second.pixels;
}

}  // namespace avae
