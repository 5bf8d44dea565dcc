#include "native/playground/desk.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <qrcodegen.hpp>

#include "native/data/files.hpp"
#include "native/data/png_chunks.hpp"
#include "native/data/png_grid.hpp"

namespace avae {

namespace {

// As the page's (web/save.mjs): pixels of the longer side, about.
constexpr int kPictureSide = 448, kFrameSide = 224, kSheetSide = 112;
constexpr int kLongestFrame_ms = 65535;  // that an animation can hold

int factor_for(const SaveRequest& request, int side) {
  return std::max(1,
                  static_cast<int>(std::lround(static_cast<double>(side) / std::max(request.width, request.height))));
}

Result<std::vector<std::uint8_t>> grid_png(const SaveRequest& request, std::span<const std::uint8_t> pixels,
                                           const GridLayout& layout) {
  return encode_png(make_grid(pixels, request.height, request.width, request.channels, layout));
}

Result<std::vector<std::uint8_t>> morph_png(const SaveRequest& request) {
  const std::span pixels(request.pixels);
  const std::size_t each = pixels.size() / static_cast<std::size_t>(request.count);
  std::vector<std::vector<std::uint8_t>> frames;
  for (std::size_t from = 0; from < pixels.size(); from += each) {
    auto frame = grid_png(request, pixels.subspan(from, each), {1, factor_for(request, kFrameSide), 0});
    if (!frame) return frame;
    frames.push_back(std::move(*frame));
  }
  return animate_png(frames, std::clamp(request.frame_ms, 1, kLongestFrame_ms), request.repeats ? 0 : 1);
}

std::string_view name_end(SaveRequest::Kind kind) {
  return kind == SaveRequest::Kind::kMorph ? "-morph" : kind == SaveRequest::Kind::kSheet ? "-sheet" : "";
}

}  // namespace

Result<std::vector<std::uint8_t>> saved_png(const SaveRequest& request) {
  const auto png = request.kind == SaveRequest::Kind::kMorph ? morph_png(request)
                   : request.kind == SaveRequest::Kind::kSheet
                       ? grid_png(request, request.pixels, {0, factor_for(request, kSheetSide), 2})
                       : grid_png(request, request.pixels, {1, factor_for(request, kPictureSide), 0});
  return png ? with_link(*png, request.link) : png;
}

Desk::Desk(std::filesystem::path folder, std::function<void()> ready)
    : folder_(std::move(folder)), ready_(std::move(ready)), thread_([this] { work(); }) {}

Desk::~Desk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::optional<QrCode> Desk::qr_code(const std::string& text) const {
  try {
    const auto code = qrcodegen::QrCode::encodeText(text.c_str(), qrcodegen::QrCode::Ecc::LOW);
    QrCode out = {code.getSize(), {}};
    for (int y = 0; y < out.side; ++y)
      for (int x = 0; x < out.side; ++x) out.dark.push_back(code.getModule(x, y));
    return out;
  } catch (const qrcodegen::data_too_long&) {
    return std::nullopt;
  }
}

void Desk::save(SaveRequest request) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(request));
  }
  wake_.notify_one();
}

std::vector<Desk::Answer> Desk::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void Desk::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const SaveRequest request = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    Answer answer = write(request);
    lock.lock();
    answers_.push_back(std::move(answer));
    ready_();
  }
}

Desk::Answer Desk::write(const SaveRequest& request) const {
  const auto failed = [&request](const Error& error) { return Answer{request.ticket, "", error.text()}; };
  const auto png = saved_png(request);
  if (!png) return failed(png.error());
  if (const auto made = make_folder(folder_); !made) return failed(made.error());
  const auto path = write_new_file(folder_ / (request.name + std::string(name_end(request.kind)) + ".png"), *png);
  if (!path) return failed(path.error());
  return {request.ticket, path->string(), ""};
}

}  // namespace avae
