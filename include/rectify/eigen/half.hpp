// Eigen::half and Eigen::bfloat16 as storage: computed in float, rounded to nearest when stored.
#pragma once

#include <Eigen/Core>
#include <rectify/simd/storage.hpp>

namespace rectify::eigen {

template <class S>
struct HalfStorage {
  using arithmetic = float;

  template <class Arch>
  static xsimd::batch<float, Arch> load(const S* p) {
    float buffer[xsimd::batch<float, Arch>::size];
    for (std::size_t i = 0; i < xsimd::batch<float, Arch>::size; ++i) buffer[i] = static_cast<float>(p[i]);
    return xsimd::batch<float, Arch>::load_unaligned(buffer);
  }
  template <class Arch>
  static void store(S* p, xsimd::batch<float, Arch> v) {
    float buffer[xsimd::batch<float, Arch>::size];
    v.store_unaligned(buffer);
    for (std::size_t i = 0; i < xsimd::batch<float, Arch>::size; ++i) p[i] = static_cast<S>(buffer[i]);
  }
};

}  // namespace rectify::eigen

namespace rectify::simd {

template <>
struct Storage<Eigen::half> : eigen::HalfStorage<Eigen::half> {};
template <>
struct Storage<Eigen::bfloat16> : eigen::HalfStorage<Eigen::bfloat16> {};

}  // namespace rectify::simd
