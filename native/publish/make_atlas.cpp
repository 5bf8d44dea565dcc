#include "native/publish/make_atlas.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "native/publish/tsne.hpp"
#include "shared/infer/network.hpp"

namespace avae {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;

constexpr int kBatch = 256;
constexpr int kFewest = 100;      // test pictures that make a map
constexpr int kFeatureSide = 14;  // pictures are compared at about this size
constexpr int kDraws = 24;        // per class, for directions
constexpr float kProbe = 0.25f;   // half the difference quotient's width, in u
constexpr int kPrincipal = 6;
/// A statistic's direction gets a name when draws agree on it: the length of their mean slope over their mean length.
constexpr float kAgreement = 0.5f;

struct Points {
  std::vector<std::int8_t> latents;  // [N, Z]
  Bytes mixes, labels;               // [N, K], [N]
  int count = 0;
};

void add(Points& points, const ModelSpec& spec, std::span<const std::int8_t> latent, int label) {
  points.latents.insert(points.latents.end(), latent.begin(), latent.end());
  if (spec.classes > 0) {
    const ClassMix mix = one_class(spec.classes, label);
    points.mixes.insert(points.mixes.end(), mix.begin(), mix.end());
    points.labels.push_back(static_cast<std::uint8_t>(label));
  }
  ++points.count;
}

Points drawn(const ModelSpec& spec, int count) {
  Points points;
  for (int i = 0; i < count; ++i)
    add(points, spec, random_latent(static_cast<std::uint64_t>(i) + 1, spec.latent, 100, spec.switches),
        spec.classes > 0 ? i % spec.classes : 0);
  return points;
}

Result<void> check_data(const Dataset& data, const ModelSpec& spec) {
  if (data.height != spec.height || data.width != spec.width || data.channels != spec.channels)
    return fail("the data's pictures are of another size than the model's",
                "give the data that the model was trained on");
  if (spec.classes > 0 && data.classes != spec.classes)
    return fail("the data has " + std::to_string(data.classes) + " classes, the model " + std::to_string(spec.classes),
                "give the data that the model was trained on");
  return {};
}

Result<Points> encoded(Network& encoder, const Network& decoder, const Dataset& data, int wanted) {
  const ModelSpec& spec = decoder.spec();
  const auto total = static_cast<std::size_t>(data.size());
  const std::size_t count = std::min<std::size_t>(total, static_cast<std::size_t>(wanted));
  const auto each = static_cast<std::size_t>(spec.pixels()), z = static_cast<std::size_t>(spec.latent);
  Points points;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t picture = i * total / count;
    const int label = spec.classes > 0 ? data.labels[picture] : 0;
    const ClassMix mix = one_class(spec.classes, label);
    Floats mean(z), noise(static_cast<std::size_t>(spec.code()));
    Latent latent(z);
    // A draw, not the mean, which leaves an avae's details out.
    dequantise(random_latent(i + 1, spec.code()), noise);
    if (auto done = encode_pixels(encoder, decoder, std::span(data.pixels).subspan(picture * each, each), mix, mean,
                                  latent, noise);
        !done)
      return tl::unexpected(done.error());
    add(points, spec, latent, label);
  }
  return points;
}

/// Mean over boxes of each picture, so that it is at most about kFeatureSide on a side: [N, F].
Floats features(std::span<const std::uint8_t> pixels, const ModelSpec& spec, int count) {
  const int box = std::max(1, (std::max(spec.height, spec.width) + kFeatureSide - 1) / kFeatureSide);
  const int rows = (spec.height + box - 1) / box, columns = (spec.width + box - 1) / box;
  Floats out;
  for (int i = 0; i < count; ++i) {
    const std::uint8_t* picture = &pixels[static_cast<std::size_t>(i) * static_cast<std::size_t>(spec.pixels())];
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) {
        for (int channel = 0; channel < spec.channels; ++channel) {
          int sum = 0, cells = 0;
          for (int y = r * box; y < std::min(spec.height, (r + 1) * box); ++y)
            for (int x = c * box; x < std::min(spec.width, (c + 1) * box); ++x, ++cells)
              sum += picture[(y * spec.width + x) * spec.channels + channel];
          out.push_back(static_cast<float>(sum) / (255.0f * static_cast<float>(cells)));
        }
      }
    }
  }
  return out;
}

Result<Bytes> decoded(Network& decoder, const Points& points, const std::function<void(double)>& progress) {
  const ModelSpec& spec = decoder.spec();
  const auto each = static_cast<std::size_t>(spec.pixels()), z = static_cast<std::size_t>(spec.latent),
             k = static_cast<std::size_t>(spec.classes), count = static_cast<std::size_t>(points.count);
  Bytes pixels(count * each);
  for (std::size_t first = 0; first < count; first += kBatch) {
    const std::size_t n = std::min<std::size_t>(kBatch, count - first);
    const auto done = decode_pixels(decoder, std::span(points.latents).subspan(first * z, n * z),
                                    std::span(points.mixes).subspan(first * k, n * k),
                                    std::span(pixels).subspan(first * each, n * each));
    if (!done) return tl::unexpected(done.error());
    progress(static_cast<double>(first + n) / static_cast<double>(count));
  }
  return pixels;
}

/// What directions are named after, of one picture [H, W, C] in [0, 1].
struct Statistic {
  const char* name;
  double (*of)(std::span<const float> picture, const ModelSpec& spec);
};

/// Weighted by brightness: total, centre and second moments.
struct Moments {
  double sum = 1e-6, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
};

Moments moments(std::span<const float> picture, const ModelSpec& spec) {
  Moments m;
  for (int pass = 0; pass < 2; ++pass) {
    double x = 0, y = 0;
    for (int row = 0; row < spec.height; ++row) {
      for (int column = 0; column < spec.width; ++column) {
        double light = 0;
        for (int c = 0; c < spec.channels; ++c)
          light += picture[static_cast<std::size_t>((row * spec.width + column) * spec.channels + c)];
        if (pass == 0) {
          m.sum += light;
          x += light * column;
          y += light * row;
        } else {
          m.xx += light * (column - m.x) * (column - m.x) / m.sum;
          m.yy += light * (row - m.y) * (row - m.y) / m.sum;
          m.xy += light * (column - m.x) * (row - m.y) / m.sum;
        }
      }
    }
    if (pass == 0) {
      m.x = x / m.sum;
      m.y = y / m.sum;
    }
  }
  return m;
}

constexpr Statistic kStatistics[] = {
    {"brightness", [](std::span<const float> picture, const ModelSpec& spec) { return moments(picture, spec).sum; }},
    {"width",
     [](std::span<const float> picture, const ModelSpec& spec) { return std::sqrt(moments(picture, spec).xx); }},
    {"height",
     [](std::span<const float> picture, const ModelSpec& spec) { return std::sqrt(moments(picture, spec).yy); }},
    {"slant",
     [](std::span<const float> picture, const ModelSpec& spec) {
       const Moments m = moments(picture, spec);
       return m.xy / (m.yy + 1e-6);
     }},
};
constexpr std::size_t kStatisticCount = std::size(kStatistics);

/// What the draws of one class tell: D = spec.code().
struct ClassSlopes {
  Floats gram;                                             // [D, D], mean of J^T J
  std::array<std::vector<double>, kStatisticCount> slope;  // [D], mean
  std::array<double, kStatisticCount> length{};            // mean length of a draw's slope
};

Result<ClassSlopes> measure(Network& decoder, int label) {
  const ModelSpec& spec = decoder.spec();
  const auto d = static_cast<std::size_t>(spec.code()), z = static_cast<std::size_t>(spec.latent),
             each = static_cast<std::size_t>(spec.pixels()), k = static_cast<std::size_t>(spec.classes);
  ClassSlopes slopes;
  slopes.gram.assign(d * d, 0.0f);
  for (auto& slope : slopes.slope) slope.assign(d, 0.0);
  Floats latents(2 * d * z), mixes(2 * d * k, 0.0f), pixels(2 * d * each), jacobian(d * each);
  for (std::size_t i = 0; i < 2 * d && k > 0; ++i) mixes[i * k + static_cast<std::size_t>(label)] = 1.0f;
  for (int draw = 0; draw < kDraws; ++draw) {
    const Latent centre = random_latent(static_cast<std::uint64_t>(draw) + 1, spec.latent, 100, spec.switches);
    for (std::size_t i = 0; i < 2 * d; ++i) {
      dequantise(centre, std::span(latents).subspan(i * z, z));
      latents[i * z + i / 2] += i % 2 == 0 ? kProbe : -kProbe;
    }
    if (const auto done = decoder.run(latents, mixes, pixels); !done) return tl::unexpected(done.error());
    std::array<std::vector<double>, kStatisticCount> slope;
    for (std::size_t i = 0; i < d; ++i) {
      const std::span<const float> up = std::span(pixels).subspan(2 * i * each, each),
                                   down = std::span(pixels).subspan((2 * i + 1) * each, each);
      for (std::size_t p = 0; p < each; ++p) jacobian[i * each + p] = (up[p] - down[p]) / (2 * kProbe);
      for (std::size_t s = 0; s < kStatisticCount; ++s)
        slope[s].push_back((kStatistics[s].of(up, spec) - kStatistics[s].of(down, spec)) / (2 * kProbe));
    }
    for (std::size_t a = 0; a < d; ++a) {
      for (std::size_t b = 0; b <= a; ++b) {
        double sum = 0;
        for (std::size_t p = 0; p < each; ++p) sum += jacobian[a * each + p] * jacobian[b * each + p];
        slopes.gram[a * d + b] += static_cast<float>(sum / kDraws);
        slopes.gram[b * d + a] = slopes.gram[a * d + b];
      }
    }
    for (std::size_t s = 0; s < kStatisticCount; ++s) {
      double square = 0;
      for (std::size_t i = 0; i < d; ++i) {
        slopes.slope[s][i] += slope[s][i] / kDraws;
        square += slope[s][i] * slope[s][i];
      }
      slopes.length[s] += std::sqrt(square) / kDraws;
    }
  }
  return slopes;
}

/// The unit vector along `slope`, with zeros for switches: [Z].
Floats axis_of(std::span<const double> slope, const ModelSpec& spec) {
  double square = 1e-24;
  for (const double value : slope) square += value * value;
  Floats axis(static_cast<std::size_t>(spec.latent), 0.0f);
  for (std::size_t i = 0; i < slope.size(); ++i) axis[i] = static_cast<float>(slope[i] / std::sqrt(square));
  return axis;
}

double length_of(std::span<const double> slope) {
  double square = 0;
  for (const double value : slope) square += value * value;
  return std::sqrt(square);
}

/// a^T G a: the squared change of a picture for a step along `axis` [D].
double change_along(std::span<const float> gram, std::span<const float> axis) {
  double change = 0;
  for (std::size_t a = 0; a < axis.size(); ++a)
    for (std::size_t b = 0; b < axis.size(); ++b) change += axis[a] * gram[a * axis.size() + b] * axis[b];
  return change;
}

Result<std::vector<Direction>> directions(Network& decoder, const std::function<void(double)>& progress) {
  const ModelSpec& spec = decoder.spec();
  const int rows = std::max(spec.classes, 1), principal = std::min(kPrincipal, spec.code());
  const auto d = static_cast<std::size_t>(spec.code()), z = static_cast<std::size_t>(spec.latent);
  std::vector<ClassSlopes> classes;
  for (int label = 0; label < rows; ++label) {
    auto slopes = measure(decoder, label);
    if (!slopes) return tl::unexpected(slopes.error());
    classes.push_back(std::move(*slopes));
    progress(static_cast<double>(label + 1) / rows);
  }
  std::vector<std::pair<double, Direction>> found;  // mean over classes of a^T G a, how much a step changes a picture
  const auto keep = [&](Direction direction) {
    double change = 0;
    for (std::size_t k = 0; k < classes.size(); ++k)
      change += change_along(classes[k].gram, std::span(direction.axes).subspan(k * z, d)) / rows;
    found.emplace_back(change, std::move(direction));
  };
  for (std::size_t s = 0; s < kStatisticCount; ++s) {
    double agreement = 0;
    Direction direction{kStatistics[s].name, {}};
    for (const ClassSlopes& each : classes) {
      agreement += length_of(each.slope[s]) / (each.length[s] + 1e-12) / rows;
      const Floats axis = axis_of(each.slope[s], spec);
      direction.axes.insert(direction.axes.end(), axis.begin(), axis.end());
    }
    if (agreement >= kAgreement) keep(std::move(direction));
  }
  std::vector<Floats> leading;
  for (const ClassSlopes& each : classes) leading.push_back(leading_eigenvectors(each.gram, spec.code(), principal));
  for (int i = 0; i < principal; ++i) {
    Direction direction;
    for (const Floats& rows_of_class : leading) {
      Floats axis(static_cast<std::size_t>(spec.latent), 0.0f);
      std::copy_n(rows_of_class.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * d), d,
                  axis.begin());
      direction.axes.insert(direction.axes.end(), axis.begin(), axis.end());
    }
    keep(std::move(direction));
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& x, const auto& y) { return x.first > y.first; });
  std::vector<Direction> out;
  for (auto& [change, direction] : found) out.push_back(std::move(direction));
  return out;
}

/// Logits of N pictures whose classes are sure.
Result<Floats> logits_of(Network& discriminator, std::span<const std::uint8_t> pixels, const Bytes& mixes, int count) {
  const auto each = static_cast<std::size_t>(discriminator.spec().pixels());
  const auto k = static_cast<std::size_t>(discriminator.spec().classes);
  Floats logits(static_cast<std::size_t>(count));
  for (std::size_t first = 0; first < logits.size(); first += kBatch) {
    const std::size_t n = std::min<std::size_t>(kBatch, logits.size() - first);
    const auto done =
        discriminate_pixels(discriminator, pixels.subspan(first * each, n * each),
                            std::span(mixes).subspan(first * k, n * k), std::span(logits).subspan(first, n));
    if (!done) return tl::unexpected(done.error());
  }
  return logits;
}

/// The discriminator's logits of as many of the data's pictures as the map may have, against those of draws of the
/// same classes. None when it cannot tell them apart.
Result<std::optional<RealismScale>> realism(const RoleWeights& weights, Network& decoder, const Dataset& data) {
  auto discriminator = Network::create(weights);
  if (!discriminator) return tl::unexpected(discriminator.error());
  const ModelSpec& spec = decoder.spec();
  const std::size_t total = static_cast<std::size_t>(data.size()),
                    count = std::min<std::size_t>(total, kMaxAtlasPoints),
                    each = static_cast<std::size_t>(spec.pixels());
  Points draws;
  Bytes real;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t picture = i * total / count;
    const auto from = data.pixels.begin() + static_cast<std::ptrdiff_t>(picture * each);
    real.insert(real.end(), from, from + static_cast<std::ptrdiff_t>(each));
    add(draws, spec, random_latent(i + 1, spec.latent, 100, spec.switches),
        spec.classes > 0 ? data.labels[picture] : 0);
  }
  const auto drawn_pixels = decoded(decoder, draws, [](double) {});
  if (!drawn_pixels) return tl::unexpected(drawn_pixels.error());
  const auto of_real = logits_of(*discriminator, real, draws.mixes, draws.count);
  if (!of_real) return tl::unexpected(of_real.error());
  const auto of_draws = logits_of(*discriminator, *drawn_pixels, draws.mixes, draws.count);
  if (!of_draws) return tl::unexpected(of_draws.error());
  return fit_realism(*of_real, *of_draws);
}

}  // namespace

std::optional<RealismScale> fit_realism(std::span<const float> real, std::span<const float> drawn) {
  // Newton's method on the log-likelihood of p = sigmoid(a x + b), with logits standardised first.
  double mean = 0, square = 0;
  const double n = static_cast<double>(real.size() + drawn.size());
  for (const auto& part : {real, drawn})
    for (const float logit : part) mean += logit / n;
  for (const auto& part : {real, drawn})
    for (const float logit : part) square += (logit - mean) * (logit - mean) / n;
  const double spread = std::sqrt(square) + 1e-12;
  double a = 0, b = 0;
  for (int step = 0; step < 30; ++step) {
    // A unit normal prior on `a` keeps it finite where no draw passes for real.
    double ga = -a, gb = 0, haa = 1, hab = 0, hbb = 1e-9;
    for (const bool is_real : {true, false}) {
      for (const float logit : is_real ? real : drawn) {
        const double x = (logit - mean) / spread, p = 1 / (1 + std::exp(-a * x - b)), error = is_real - p,
                     w = p * (1 - p);
        ga += error * x, gb += error;
        haa += w * x * x, hab += w * x, hbb += w;
      }
    }
    const double determinant = haa * hbb - hab * hab;
    a += (hbb * ga - hab * gb) / determinant;
    b += (haa * gb - hab * ga) / determinant;
  }
  const RealismScale scale{static_cast<float>(a / spread), static_cast<float>(b - a * mean / spread)};
  if (!(scale.scale > 0.0f) || !std::isfinite(scale.scale) || !std::isfinite(scale.offset)) return std::nullopt;
  return scale;
}

Result<Atlas> make_atlas(const RoleWeights& decoder_weights, const std::optional<RoleWeights>& encoder_weights,
                         const std::optional<RoleWeights>& discriminator, const std::optional<Dataset>& data,
                         const AtlasOptions& options) {
  const int wanted = std::clamp(options.points, kAtlasNeighbours, kMaxAtlasPoints);
  auto decoder = Network::create(decoder_weights);
  if (!decoder) return tl::unexpected(decoder.error());
  const ModelSpec& spec = decoder->spec();
  if (data) {
    if (auto fits = check_data(*data, spec); !fits) return tl::unexpected(fits.error());
  }
  Points points;
  if (encoder_weights && data) {
    auto encoder = Network::create(*encoder_weights);
    if (!encoder) return tl::unexpected(encoder.error());
    auto made = encoded(*encoder, *decoder, *data, wanted);
    if (!made) return tl::unexpected(made.error());
    points = std::move(*made);
  } else {
    points = drawn(spec, wanted);
  }
  const auto pixels = decoded(*decoder, points, [&](double done) { options.progress(0.2 * done); });
  if (!pixels) return tl::unexpected(pixels.error());
  auto ways = directions(*decoder, [&](double done) { options.progress(0.2 + 0.4 * done); });
  if (!ways) return tl::unexpected(ways.error());
  Atlas atlas;
  atlas.latent = spec.latent;
  atlas.classes = spec.classes;
  atlas.directions = std::move(*ways);
  const float perplexity = std::min(30.0f, static_cast<float>(points.count) / 4.0f);
  atlas.positions = tsne(features(*pixels, spec, points.count), points.count, perplexity);
  atlas.latents = std::move(points.latents);
  atlas.labels = std::move(points.labels);
  if (discriminator && data) {
    auto scale = realism(*discriminator, *decoder, *data);
    if (!scale) return tl::unexpected(scale.error());
    atlas.realism = *scale;
  }
  options.progress(1.0);
  return atlas;
}

Result<Atlas> make_atlas(const ModelFolder& model, const std::string& data, const AtlasOptions& options) {
  const auto decoder = read_role(model.decoder, Role::kDecoder);
  if (!decoder) return tl::unexpected(decoder.error());
  const ModelSpec& spec = decoder->weights.spec;
  std::optional<RoleWeights> encoder, discriminator;
  for (const Role role : {Role::kEncoder, Role::kDiscriminator}) {
    const auto& path = role == Role::kEncoder ? model.encoder : model.discriminator;
    if (!path) continue;
    auto file = read_role(*path, role);
    if (!file) return tl::unexpected(file.error());
    if (auto same = check_same_model(decoder->weights, file->weights); !same) return tl::unexpected(same.error());
    (role == Role::kEncoder ? encoder : discriminator) = std::move(file->weights);
  }
  std::optional<Dataset> pictures;
  if (!data.empty()) {
    DataOptions how{.size = spec.height == spec.width ? spec.height : 0, .channels = spec.channels, .classes = 0};
    // So few pictures that hardly any are held out: all of them then.
    auto loaded = load_dataset(data, Split::kTest, how);
    if (!loaded || loaded->size() < static_cast<std::size_t>(kFewest)) loaded = load_dataset(data, Split::kAll, how);
    if (!loaded) return tl::unexpected(loaded.error());
    if (loaded->size() < static_cast<std::size_t>(kAtlasNeighbours))
      return fail("the data has " + std::to_string(loaded->size()) + " pictures, too few for a map",
                  "leave --data out: the map is then made of draws of the model");
    pictures = std::move(*loaded);
  }
  auto atlas = make_atlas(decoder->weights, encoder, discriminator, pictures, options);
  if (atlas) atlas->model = hex(model_id(decoder->bytes));
  return atlas;
}

}  // namespace avae
