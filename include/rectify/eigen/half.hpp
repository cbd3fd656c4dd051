// Eigen::half and Eigen::bfloat16 as storage: computed in float, rounded to nearest when stored.
#pragma once

#include <Eigen/Core>
#include <rectify/simd/half.hpp>

namespace rectify::simd {

template <>
struct Storage<Eigen::half> : HalfStorage<Eigen::half, Half> {};
template <>
struct Storage<Eigen::bfloat16> : HalfStorage<Eigen::bfloat16, BFloat16> {};

}  // namespace rectify::simd
