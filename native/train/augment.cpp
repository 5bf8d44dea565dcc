#include "native/train/augment.hpp"

namespace avae {
namespace {

/// For each picture and output position along one side of `size`, where its pixel comes from, [N, size]; -1 and `size`
/// and beyond are outside.
at::Tensor shifted(const at::Tensor& random, std::int64_t size) {
  const std::int64_t reach = size / 8;
  const at::Tensor shift = (random * static_cast<double>(2 * reach + 1)).floor().to(at::kLong) - reach;
  return at::arange(size, shift.options()).unsqueeze(0) - shift.unsqueeze(1);
}

/// Whether a position lies in a window of half the side, which may reach over either edge alike, [N, size].
at::Tensor covered(const at::Tensor& random, std::int64_t size) {
  const std::int64_t half = size / 2;
  const at::Tensor first = (random * static_cast<double>(size + 1 - half % 2)).floor().to(at::kLong) - half / 2;
  const at::Tensor from_first = at::arange(size, first.options()).unsqueeze(0) - first.unsqueeze(1);
  return from_first.ge(0).logical_and(from_first.lt(half));
}

}  // namespace

at::Tensor augment(const at::Tensor& x, const at::Tensor& random) {
  const std::int64_t n = x.size(0), height = x.size(2), width = x.size(3);
  const at::Tensor rows = shifted(random.select(1, 0), height), columns = shifted(random.select(1, 1), width);
  const at::Tensor inside = rows.ge(0)
                                .logical_and(rows.lt(height))
                                .unsqueeze(2)
                                .logical_and(columns.ge(0).logical_and(columns.lt(width)).unsqueeze(1));
  const at::Tensor hidden =
      covered(random.select(1, 2), height).unsqueeze(2).logical_and(covered(random.select(1, 3), width).unsqueeze(1));
  const at::Tensor kept = inside.logical_and(hidden.logical_not()).unsqueeze(1).to(x.scalar_type());  // [N, 1, H, W]
  const at::Tensor picture = at::arange(n, rows.options()).view({n, 1, 1});
  const at::Tensor moved =
      x.permute({0, 2, 3, 1})
          .index({picture, rows.clamp(0, height - 1).unsqueeze(2), columns.clamp(0, width - 1).unsqueeze(1)})
          .permute({0, 3, 1, 2});
  return moved * kept;
}

}  // namespace avae
