// HardTanh: x limited to an interval.
#pragma once

#include <cmath>
#include <rectify/activation.hpp>
#include <rectify/simd/sign.hpp>

namespace rectify {
namespace formula {

/// f(x)  = min(max(x, min), max)
/// f'(x) = min < x < max ? 1 : 0
///
/// min, max: finite, min < max; default -1 and 1.
/// Special values: f(NaN) = NaN; f'(min) = f'(max) = f'(NaN) = 0. Where f' is 0, dx = +0 whatever dy is.
/// Accuracy: exact.
/// From the output: min < y < max.
/// Source: torch.nn.Hardtanh, ONNX Clip.
template <class T>
struct HardTanh {
  using Scalar = T;
  static constexpr const char* name = "HardTanh";
  static constexpr int instructions = 4;

  T min = T(-1);
  T max = T(1);

  template <class V>
  V value(V x) const {
    return simd::smaller(V(max), simd::larger(V(min), x));
  }
  template <class V>
  V backward(V x, V dy) const {
    return simd::keep_if((x > V(min)) & (x < V(max)), dy);
  }
  template <class V>
  V second_derivative(V) const {
    return V(T(0));
  }
  template <class V>
  V backward_from_output(V y, V dy) const {
    return backward(y, dy);
  }
  const char* invalid() const {
    return std::isfinite(min) && std::isfinite(max) && min < max ? nullptr
                                                                 : "min must be below max, both finite";
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(HardTanh);

}  // namespace rectify
