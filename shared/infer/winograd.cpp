#include "shared/infer/winograd.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

#include "shared/infer/elementwise.hpp"
#include "shared/infer/xnn.hpp"

namespace avae {

namespace {

// Four channels. Compilers turn its arithmetic into SIMD on every target.
using Lanes = float __attribute__((vector_size(16)));
constexpr std::size_t kLanes = 4;

Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

void store(float* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof lanes); }

// One axis of a tile: kStep inputs further per tile, kPoints inputs read from one before it, kOutputs written.
// out = A^T ((G kernel) * (B^T in)): input() is B^T, output() A^T, kKernel G.

struct Plain {  // F(4, 3) at the points 0, 1, -1, 2, -2 and infinity
  static constexpr std::size_t kStep = 4, kPoints = 6, kOutputs = 4;
  static constexpr double kKernel[6][3] = {{1. / 4, 0, 0},
                                           {-1. / 6, -1. / 6, -1. / 6},
                                           {-1. / 6, 1. / 6, -1. / 6},
                                           {1. / 24, 1. / 12, 1. / 6},
                                           {1. / 24, -1. / 12, 1. / 6},
                                           {0, 0, 1}};

  static std::array<Lanes, 6> input(const std::array<Lanes, 6>& d) {
    const Lanes even1 = d[4] - 4 * d[2], odd1 = d[3] - 4 * d[1];
    const Lanes even2 = d[4] - d[2], odd2 = 2 * (d[3] - d[1]);
    return {4 * d[0] - 5 * d[2] + d[4], even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2,
            4 * d[1] - 5 * d[3] + d[5]};
  }
  static std::array<Lanes, 4> output(const std::array<Lanes, 6>& m) {
    const Lanes sum1 = m[1] + m[2], difference1 = m[1] - m[2];
    const Lanes sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    return {m[0] + sum1 + sum2, difference1 + 2 * difference2, sum1 + 4 * sum2, difference1 + 8 * difference2 + m[5]};
  }
};

struct Upsampled {  // nearest-neighbour 2x, then F(2, 3)
  static constexpr std::size_t kStep = 1, kPoints = 3, kOutputs = 2;
  static constexpr double kKernel[3][3] = {{1, 0, 0}, {1, 1, 1}, {0, 0, 1}};

  static std::array<Lanes, 3> input(const std::array<Lanes, 3>& d) { return {d[0] - d[1], d[1], d[2] - d[1]}; }
  static std::array<Lanes, 2> output(const std::array<Lanes, 3>& m) { return {m[0] + m[1], m[1] + m[2]}; }
};

// [O, 3, 3, I] -> [kPoints * kPoints, I, O].
template <typename Scheme>
void transform_kernel(std::span<const float> weight, std::size_t outputs, std::size_t inputs, float* kernel) {
  constexpr std::size_t points = Scheme::kPoints;
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      double columns[points][3] = {};  // G kernel
      for (std::size_t y = 0; y < 3; ++y) {
        for (std::size_t x = 0; x < 3; ++x) {
          const double tap = static_cast<double>(weight[((o * 3 + y) * 3 + x) * inputs + i]);
          for (std::size_t p = 0; p < points; ++p) columns[p][x] += Scheme::kKernel[p][y] * tap;
        }
      }
      for (std::size_t p = 0; p < points; ++p) {
        for (std::size_t q = 0; q < points; ++q) {
          double sum = 0;
          for (std::size_t x = 0; x < 3; ++x) sum += Scheme::kKernel[q][x] * columns[p][x];
          kernel[((p * points + q) * inputs + i) * outputs + o] = static_cast<float>(sum);
        }
      }
    }
  }
}

std::size_t tiles(std::size_t size, std::size_t step) { return (size + step - 1) / step; }

template <typename Scheme>
class Winograd final : public Operator {
 public:
  static Result<std::unique_ptr<Operator>> create(const Layer& layer, std::span<const float> weight,
                                                  std::span<const float> bias) {
    auto made = std::make_unique<Winograd>();
    made->layer_ = layer;
    made->tiles_y_ = tiles(layer.in.height, kStep);
    made->tiles_x_ = tiles(layer.in.width, kStep);
    made->bias_.assign(bias.begin(), bias.end());
    Buffer kernel;
    const std::size_t line = (made->tiles_x_ * kStep + kPoints - kStep) * layer.in.channels;
    if (!kernel.reserve(kPoints * kPoints * weight.size() / 9) || !made->lines_.reserve(kPoints * line) ||
        !made->zeros_.reserve(layer.in.width * layer.in.channels)) {
      return fail("out of memory while packing layer " + layer.name, "use a smaller model");
    }
    made->line_ = line;
    transform_kernel<Scheme>(weight, layer.out.channels, layer.in.channels, kernel.data());
    xnn_operator_t product = nullptr;
    const xnn_status status = xnn_create_batch_matrix_multiply_nc_f32_const_weights(
        kPoints * kPoints, layer.in.channels, layer.out.channels, kernel.data(), 0, &product);
    made->product_.reset(product);
    if (auto created = check_xnn(status, layer); !created) return tl::unexpected(created.error());
    return std::unique_ptr<Operator>(std::move(made));
  }

  Result<void> reshape(std::size_t batch) override {
    if (batch == batch_) return {};
    // As many rows of tiles at once as keep both sides of the products in a processor's cache, evenly.
    constexpr std::size_t kCacheFloats = 64 * 1024;
    const std::size_t rows = batch * tiles_y_;
    const std::size_t row_floats = kPoints * kPoints * tiles_x_ * (inputs() + outputs());
    const std::size_t blocks = tiles(rows, std::max<std::size_t>(1, kCacheFloats / row_floats));
    block_rows_ = tiles(rows, blocks);
    batch_ = 0;
    const std::size_t block_tiles = block_rows_ * tiles_x_;
    if (!transformed_.reserve(kPoints * kPoints * block_tiles * inputs()) ||
        !products_.reserve(kPoints * kPoints * block_tiles * outputs())) {
      return check_xnn(xnn_status_out_of_memory, layer_);
    }
    batch_ = batch;
    return {};
  }

  Result<void> run(const float* input, float* output) override {
    const std::size_t rows = batch_ * tiles_y_;
    for (std::size_t first = 0; first < rows; first += block_rows_) {
      const std::size_t count = std::min(block_rows_, rows - first);
      for (std::size_t row = 0; row < count; ++row) transform_input(input, first + row, row, count);
      if (auto multiplied = multiply(count * tiles_x_); !multiplied) return multiplied;
      for (std::size_t row = 0; row < count; ++row) transform_output(first + row, row, count, output);
    }
    if (!in_output_range(layer_.activation)) activate(layer_.activation, {output, batch_ * layer_.out.size()});
    return {};
  }

 private:
  static constexpr std::size_t kStep = Scheme::kStep, kPoints = Scheme::kPoints, kOutputs = Scheme::kOutputs;

  std::size_t inputs() const { return layer_.in.channels; }
  std::size_t outputs() const { return layer_.out.channels; }

  // One row of tiles: first down the columns of the whole row into lines_, then along it.
  void transform_input(const float* input, std::size_t tile_row, std::size_t row, std::size_t rows) {
    const std::size_t width = layer_.in.width * inputs();
    const float* sample = input + tile_row / tiles_y_ * layer_.in.size();
    const std::size_t top = tile_row % tiles_y_ * kStep;  // one below the first row read
    std::array<const float*, kPoints> from;
    for (std::size_t p = 0; p < kPoints; ++p) {
      const bool inside = top + p >= 1 && top + p - 1 < static_cast<std::size_t>(layer_.in.height);
      from[p] = inside ? sample + (top + p - 1) * width : zeros_.data();
    }
    float* lines = lines_.data() + inputs();  // the column before the first stays zero, as do those after the last
    for (std::size_t i = 0; i < width; i += kLanes) {
      std::array<Lanes, kPoints> column;
      for (std::size_t p = 0; p < kPoints; ++p) column[p] = load(from[p] + i);
      column = Scheme::input(column);
      for (std::size_t p = 0; p < kPoints; ++p) store(lines + p * line_ + i, column[p]);
    }
    const std::size_t plane = rows * tiles_x_ * inputs();
    for (std::size_t tile = 0; tile < tiles_x_; ++tile) {
      for (std::size_t p = 0; p < kPoints; ++p) {
        const float* line = lines_.data() + p * line_ + tile * kStep * inputs();
        float* to = transformed_.data() + p * kPoints * plane + (row * tiles_x_ + tile) * inputs();
        for (std::size_t i = 0; i < inputs(); i += kLanes) {
          std::array<Lanes, kPoints> along;
          for (std::size_t q = 0; q < kPoints; ++q) along[q] = load(line + q * inputs() + i);
          along = Scheme::input(along);
          for (std::size_t q = 0; q < kPoints; ++q) store(to + q * plane + i, along[q]);
        }
      }
    }
  }

  Result<void> multiply(std::size_t count) {
    const std::size_t points = kPoints * kPoints;
    if (count != product_rows_) {
      product_rows_ = 0;
      std::size_t workspace_bytes = 0, workspace_alignment = 0;
      const xnn_status status =
          xnn_reshape_batch_matrix_multiply_nc_f32(product_.get(), 1, &points, &points, count, inputs(), outputs(),
                                                   &workspace_bytes, &workspace_alignment, nullptr);
      if (auto reshaped = check_xnn(status, layer_); !reshaped) return reshaped;
      product_rows_ = count;
    }
    xnn_status status =
        xnn_setup_batch_matrix_multiply_nc_f32(product_.get(), nullptr, transformed_.data(), nullptr, products_.data());
    if (status == xnn_status_success) status = xnn_run_operator(product_.get(), nullptr);
    return check_xnn(status, layer_);
  }

  void transform_output(std::size_t tile_row, std::size_t row, std::size_t rows, float* output) const {
    const OutputRange range = output_range(layer_.activation);
    const std::size_t height = layer_.out.height, width = layer_.out.width;
    const std::size_t top = tile_row % tiles_y_ * kOutputs;
    const std::size_t count_y = std::min(kOutputs, height - top);
    const std::size_t plane = rows * tiles_x_ * outputs();
    float* sample = output + tile_row / tiles_y_ * layer_.out.size();
    for (std::size_t tile = 0; tile < tiles_x_; ++tile) {
      const std::size_t left = tile * kOutputs;
      const std::size_t count_x = std::min(kOutputs, width - left);
      const float* from = products_.data() + (row * tiles_x_ + tile) * outputs();
      float* to = sample + (top * width + left) * outputs();
      for (std::size_t o = 0; o < outputs(); o += kLanes) {
        const Lanes bias = load(bias_.data() + o);
        std::array<std::array<Lanes, kPoints>, kOutputs> partial;
        for (std::size_t q = 0; q < kPoints; ++q) {
          std::array<Lanes, kPoints> column;
          for (std::size_t p = 0; p < kPoints; ++p) column[p] = load(from + (p * kPoints + q) * plane + o);
          const auto down = Scheme::output(column);
          for (std::size_t y = 0; y < kOutputs; ++y) partial[y][q] = down[y];
        }
        for (std::size_t y = 0; y < count_y; ++y) {
          const auto along = Scheme::output(partial[y]);
          for (std::size_t x = 0; x < count_x; ++x) {
            Lanes value = along[x] + bias;
            value = value < range.min ? Lanes{} + range.min : value;  // NaN stays
            value = value > range.max ? Lanes{} + range.max : value;
            store(to + (y * width + x) * outputs() + o, value);
          }
        }
      }
    }
  }

  Layer layer_{};
  std::size_t tiles_y_ = 0, tiles_x_ = 0;
  std::vector<float> bias_;
  XnnOperator product_;  // [points, tiles, I] x [points, I, O]
  Buffer zeros_;         // a row outside the picture
  Buffer lines_;         // [points, line_]: a row of tiles, transformed down its columns
  std::size_t line_ = 0;
  Buffer transformed_;  // [points * points, tiles of the block, I]
  Buffer products_;     // [points * points, tiles of the block, O]
  std::size_t block_rows_ = 0;
  std::size_t product_rows_ = 0;  // what product_ is shaped for
  std::size_t batch_ = 0;
};

template <typename Scheme>
std::int64_t scheme_multiply_adds(const Layer& layer) {
  const std::size_t count = tiles(layer.in.height, Scheme::kStep) * tiles(layer.in.width, Scheme::kStep);
  return static_cast<std::int64_t>(count * Scheme::kPoints * Scheme::kPoints) * layer.in.channels * layer.out.channels;
}

}  // namespace

bool winograd_fits(const Layer& layer) {
  if (layer.kind != LayerKind::kConv3x3 && layer.kind != LayerKind::kUpsampleConv3x3) return false;
  if (layer.in.channels % kLanes != 0 || layer.out.channels % kLanes != 0) return false;
  if (layer.kind == LayerKind::kUpsampleConv3x3) return true;
  // The transformed kernel is four times the kernel: 9 MiB at most.
  constexpr int kMaxPairs = 256 * 256;
  return layer.in.channels * layer.out.channels <= kMaxPairs && winograd_multiply_adds(layer) < multiply_adds({layer});
}

std::int64_t winograd_multiply_adds(const Layer& layer) {
  return layer.kind == LayerKind::kConv3x3 ? scheme_multiply_adds<Plain>(layer)
                                           : scheme_multiply_adds<Upsampled>(layer);
}

Result<std::unique_ptr<Operator>> create_winograd(const Layer& layer, std::span<const float> weight,
                                                  std::span<const float> bias) {
  return layer.kind == LayerKind::kConv3x3 ? Winograd<Plain>::create(layer, weight, bias)
                                           : Winograd<Upsampled>::create(layer, weight, bias);
}

}  // namespace avae
