#include "native/cli/eval_entry.hpp"

#include <algorithm>
#include <utility>

#include "native/cli/engine.hpp"
#include "native/cli/samples.hpp"
#include "native/data/idx.hpp"
#include "native/data/model_folder.hpp"
#include "native/eval/report.hpp"
#include "shared/latent/latent.hpp"

namespace avae::cli {
namespace {

std::string shape(int height, int width, int channels) {
  return std::to_string(width) + " x " + std::to_string(height) + " x " + std::to_string(channels);
}

Result<void> check_shape(const std::string& what, int height, int width, int channels, const Dataset& data) {
  if (height == data.height && width == data.width && channels == data.channels) return {};
  return fail(what + " has pictures of " + shape(height, width, channels) + ", the data has " +
                  shape(data.height, data.width, data.channels),
              "name the data it was trained on with --data, and --size or --channels if it was made with them");
}

Result<void> check_classes(const std::string& path, const ModelSpec& spec, const Dataset& data) {
  if (spec.classes == 0) return {};
  const bool same_names = spec.class_names.empty() || data.class_names.empty() || spec.class_names == data.class_names;
  if (spec.classes == data.classes && same_names) return {};
  return fail("the model " + path + " has " + std::to_string(spec.classes) + " classes, and they are not the " +
                  std::to_string(data.classes) + " of the data",
              "name the data it was trained on with --data");
}

/// Replaces the labels that load_idx_file() may have found.
Result<void> read_labels(Dataset& samples, const std::string& path, const std::string& samples_path) {
  auto file = read_idx(path);
  if (!file) return tl::unexpected(file.error());
  if (file->dimensions.size() != 1) return fail(path + " holds no labels", "name an IDX file of labels");
  if (file->values.size() != samples.size()) {
    return fail(path + " has " + std::to_string(file->values.size()) + " labels for the " +
                    std::to_string(samples.size()) + " pictures of " + samples_path,
                "name the labels that belong to them");
  }
  samples.labels = std::move(file->values);
  return {};
}

}  // namespace

Result<EvalEntry> open_model(const std::string& path, const Dataset& data) {
  const auto model = find_model(path);
  if (!model) return tl::unexpected(model.error());
  auto decoder = read_role(model->decoder, Role::kDecoder);
  if (!decoder) return tl::unexpected(decoder.error());
  const ModelSpec& spec = decoder->weights.spec;
  if (auto fits = check_shape("the model " + path, spec.height, spec.width, spec.channels, data); !fits)
    return tl::unexpected(fits.error());
  if (auto fits = check_classes(path, spec, data); !fits) return tl::unexpected(fits.error());
  EvalEntry entry{.name = path, .decoder = {}, .encoder = {}, .samples = {}};
  if (model->encoder) {
    auto encoder = read_role(*model->encoder, Role::kEncoder);
    if (!encoder) return tl::unexpected(encoder.error());
    if (auto same = check_same_model(decoder->weights, encoder->weights); !same) return tl::unexpected(same.error());
    entry.encoder = std::move(encoder->weights);
  }
  entry.decoder = std::move(decoder->weights);
  return entry;
}

Result<EvalEntry> open_samples(const std::string& path, const std::string& labels, const Dataset& data) {
  auto samples = labels.empty() ? load_idx_file(path) : load_idx_pictures(path);
  if (!samples) return tl::unexpected(samples.error());
  if (auto fits = check_shape(path, samples->height, samples->width, samples->channels, data); !fits)
    return tl::unexpected(fits.error());
  if (!labels.empty()) {
    if (auto read = read_labels(*samples, labels, path); !read) return tl::unexpected(read.error());
  }
  const auto beyond = std::find_if(samples->labels.begin(), samples->labels.end(),
                                   [&](std::uint8_t label) { return label >= data.classes; });
  if (beyond != samples->labels.end()) {
    return fail("the labels of " + path + " go beyond the data's " + std::to_string(data.classes) + " classes (" +
                    std::to_string(*beyond) + ")",
                "name the labels that belong to this data with --labels");
  }
  samples->classes = samples->labels.empty() ? 0 : data.classes;
  return EvalEntry{.name = path, .decoder = {}, .encoder = {}, .samples = std::move(*samples)};
}

Result<Dataset> draw_samples(const EvalEntry& entry, std::size_t n, std::uint64_t seed, const Dataset& like,
                             const std::string& engine, const std::string& device) {
  if (!entry.decoder) return subset(entry.samples, n);
  const ModelSpec& spec = entry.decoder->spec;
  SampleOptions options{.n = static_cast<int>(n), .seed = seed, .class_index = {}, .classes = {}};
  if (spec.classes > 0) options.classes = classes_like(like.labels, spec.classes, options.n);
  Samples samples = make_samples(spec, options);
  auto pixels = decode_with(engine, *entry.decoder, samples.latents, samples.mixes, device);
  if (!pixels) return tl::unexpected(pixels.error());
  return Dataset{.height = spec.height,
                 .width = spec.width,
                 .channels = spec.channels,
                 .classes = spec.classes,
                 .class_names = spec.class_names,
                 .pixels = std::move(*pixels),
                 .labels = std::move(samples.labels)};
}

Result<std::vector<std::uint8_t>> reconstructions(const EvalEntry& entry, const Dataset& pictures,
                                                  std::optional<std::uint64_t> seed, const std::string& engine,
                                                  const std::string& device) {
  const int classes = entry.decoder->spec.classes;
  std::vector<std::uint8_t> mixes;
  for (std::size_t i = 0; classes > 0 && i < pictures.size(); ++i) {
    const ClassMix mix = one_class(classes, pictures.labels[i]);
    mixes.insert(mixes.end(), mix.begin(), mix.end());
  }
  std::vector<float> noise;
  if (seed) {
    const std::size_t code = entry.decoder->spec.code();
    noise.resize(pictures.size() * code);
    RandomBits bits(*seed);
    for (std::size_t i = 0; i < pictures.size(); ++i)
      dequantise(random_latent(bits.next(), static_cast<int>(code)), std::span(noise).subspan(i * code, code));
  }
  return reconstruct_with(engine, *entry.encoder, *entry.decoder, pictures.pixels, mixes, noise, device);
}

}  // namespace avae::cli
