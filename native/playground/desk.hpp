// The visitor's files and clipboard, for the window's share panel.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "shared/model/result.hpp"
#include "shared/playground/services.hpp"

namespace avae {

/// The PNG file for a request, which carries its link: each of the model's pixels a square, the picture's longer side
/// about 448 pixels, a frame's 224, a sheet's 112. Errors: out of memory.
Result<std::vector<std::uint8_t>> saved_png(const SaveRequest& request);

/// Saves on a thread of its own. Everything else comes from the drawing thread.
class Desk : public DeskService {
 public:
  struct Answer {
    Ticket ticket = 0;
    std::string path;   ///< empty when it failed
    std::string error;  ///< otherwise empty
  };

  /// Files go to `folder`, absolute, which is made when the first comes. `ready` is called from the thread whenever an
  /// answer waits.
  Desk(std::filesystem::path folder, std::function<void()> ready);
  /// Waits for the files that it was given.
  ~Desk() override;

  void save(SaveRequest request) override;
  std::string folder() const override { return folder_.string(); }
  void paste() override { paste_asked_ = true; }
  void choose_picture() override { picture_asked_ = true; }
  std::optional<QrCode> qr_code(const std::string& text) const override;

  /// Every answer that has come since the last call.
  std::vector<Answer> take();
  /// Whether paste() has been called since the last call.
  bool take_paste() { return std::exchange(paste_asked_, false); }
  /// Whether choose_picture() has been called since the last call.
  bool take_choose() { return std::exchange(picture_asked_, false); }

 private:
  void work();
  Answer write(const SaveRequest& request) const;

  const std::filesystem::path folder_;
  const std::function<void()> ready_;
  bool paste_asked_ = false;
  bool picture_asked_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<SaveRequest> queue_;  // guarded by mutex_, as are the two below
  std::vector<Answer> answers_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace avae
