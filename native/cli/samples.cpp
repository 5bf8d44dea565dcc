#include "native/cli/samples.hpp"

#include <algorithm>
#include <charconv>

#include "shared/latent/latent.hpp"

namespace avae::cli {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::vector<std::uint8_t> classes_like(const std::vector<std::uint8_t>& labels, int classes, int n) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes), 0), given = counts;
  for (const std::uint8_t label : labels) ++counts[label];
  std::vector<std::uint8_t> result;
  for (std::int64_t i = 0; i < n; ++i) {
    // Whichever is furthest behind its share.
    const auto behind = [&](std::size_t k) {
      return counts[k] * (i + 1) - given[k] * static_cast<std::int64_t>(labels.size());
    };
    std::size_t next = 0;
    for (std::size_t k = 1; k < counts.size(); ++k)
      if (behind(k) > behind(next)) next = k;
    ++given[next];
    result.push_back(static_cast<std::uint8_t>(next));
  }
  return result;
}

Samples make_samples(const ModelSpec& spec, const SampleOptions& options) {
  Samples samples;
  const std::uint64_t start = RandomBits(options.seed).next();
  for (int i = 0; i < options.n; ++i) {
    const std::uint64_t own = RandomBits(start + static_cast<std::uint64_t>(i)).next();
    const Latent latent = random_latent(own, spec.latent, options.truncation_percent, spec.switches);
    samples.latents.insert(samples.latents.end(), latent.begin(), latent.end());
    if (spec.classes == 0) continue;
    const int turn = options.classes.empty() ? i % spec.classes : options.classes[static_cast<std::size_t>(i)];
    const int index = options.class_index.value_or(turn);
    const ClassMix mix = one_class(spec.classes, index);
    samples.mixes.insert(samples.mixes.end(), mix.begin(), mix.end());
    samples.labels.push_back(static_cast<std::uint8_t>(index));
  }
  return samples;
}

Result<int> find_class(const ModelSpec& spec, const std::string& text) {
  if (spec.classes == 0) return fail("the model " + spec.name + " has no classes", "leave --class out");
  const auto found = std::find(spec.class_names.begin(), spec.class_names.end(), text);
  if (found != spec.class_names.end()) return static_cast<int>(found - spec.class_names.begin());
  int index = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error == std::errc() && end == text.data() + text.size() && index >= 0 && index < spec.classes) return index;
  const std::string numbers = "use 0 to " + std::to_string(spec.classes - 1);
  return fail("the model " + spec.name + " has no class " + text,
              spec.class_names.empty() ? numbers : numbers + ", or " + listed(spec.class_names));
}

std::string class_label(const ModelSpec& spec, int index) {
  return spec.class_names.empty() ? "class " + std::to_string(index)
                                  : spec.class_names[static_cast<std::size_t>(index)];
}

}  // namespace avae::cli
