// The desktop playground: the page's playground in a window of its own (GLFW and OpenGL).
#pragma once

#include <string>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

struct PlaygroundOptions {
  /// Folders that hold decoder.safetensors or model/decoder.safetensors (a run). At least one; the first is opened.
  std::vector<std::string> model_folders;
  std::string link;        ///< opened first when not empty; may start with '#' or be a whole URL with a fragment
  std::string picture;     ///< file that is opened next, as if it were dropped on the window
  std::string theme;       ///< "dark" or "light"; empty is dark
  std::string language;    ///< "en" or "zh"; empty is the environment's
  std::string site;        ///< URL of a published site: copied links open there. Empty: bare fragments
  std::string folder;      ///< where the share panel saves; made when it is missing. Empty: pictures_folder()
  std::string screenshot;  ///< PNG file: draws until every picture is decoded, writes the framebuffer and returns
  std::vector<std::string> press;  ///< names of Targets that are pressed, one after the other, before the screenshot
  bool reduced_motion = false;     ///< no transitions
  int width = 1440;                ///< window size in screen units, 320 or more
  int height = 900;                ///< likewise, 480 or more
  int threads = 0;                 ///< decode threads; 0 picks by the machine
};

/// Opens the window and returns when it is closed (or the screenshot is written). Call it on the main thread.
/// Errors: a folder without a decoder, a file that read_model() refuses, no display or no OpenGL 3.2,
/// a screenshot that cannot be written, a target to press that is not there. A bad link is no error: it shows a message
/// and the defaults.
Result<void> run_playground(const PlaygroundOptions& options);

}  // namespace avae
