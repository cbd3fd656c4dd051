// Short runs of one slope, in bundles of whole vectors.
#pragma once

#include <rectify/simd/permute.hpp>

namespace rectify::kernels {

/// As many runs as a vector has lanes: they take as many whole vectors as a run has elements. Their slopes
/// are one vector, whose lanes are permuted for each of those, in the same way in every bundle.
template <class T, class Arch>
class Bundle {
 public:
  using V = xsimd::batch<T, Arch>;
  static constexpr std::size_t width = V::size, longest_run = 64;

  explicit Bundle(std::size_t inner) : size_(inner * width) {
    for (std::size_t run = 0; run < width; ++run)
      for (std::size_t i = 0; i < inner; i += width)
        V(simd::lane_code<T, Arch>(run)).store_unaligned(codes_ + run * inner + i);
  }
  std::size_t size() const { return size_; }
  /// Of the vector at this element of the bundle.
  V codes(std::size_t at) const { return V::load_aligned(codes_ + at); }
  V slopes(V of_runs, std::size_t at) const { return simd::permute(of_runs, codes(at)); }

 private:
  std::size_t size_;
  alignas(64) T codes_[(longest_run + 1) * width];
};

}  // namespace rectify::kernels
