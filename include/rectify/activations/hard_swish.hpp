// HardSwish: x weighted by its hard sigmoid.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/arithmetic.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x min(max((x + 3) / 6, 0), 1)
/// f'(x) = x <= -3 ? 0 : x < 3 ? (2x + 3) / 6 : 1
///
/// Special values: f(-inf) = -0 (PyTorch: NaN), f(x) = -0 for x <= -3, f(-0) = -0, f(NaN) = NaN; f'(-3) = 0
/// and f'(3) = 1 (PyTorch before 2.8: -1/2 and 3/2), f'(NaN) = 0. dx = +0 for x <= -3 whatever dy is.
/// Accuracy: f within 1.9 ULP, f' within 1.4 ULP, float and double, on every instruction set (./dev
/// accuracy).
/// Source: Howard et al., "Searching for MobileNetV3", ICCV 2019; torch.nn.Hardswish, ONNX HardSwish.
template <class T>
struct HardSwish {
  using Scalar = T;
  static constexpr const char* name = "HardSwish";

  template <class V>
  V value(V x) const {
    const V low = simd::larger(V(T(-3)), x);
    return simd::select(x < V(T(3)), low * sixth(low + V(T(3))), x);
  }
  template <class V>
  V backward(V x, V dy) const {
    const V inside = simd::fma(V(T(2)), x, V(T(3))) * V(T(1) / T(6));
    return simd::keep_if(x > V(T(-3)), dy * simd::select(x < V(T(3)), inside, V(T(1))));
  }
  template <class V>
  V second_derivative(V x) const {
    return simd::keep_if((x > V(T(-3))) & (x < V(T(3))), V(T(1) / T(3)));
  }

 private:
  /// x / 6, since 1 / 6 rounded would bring one more error.
  template <class V>
  static V sixth(V x) {
    constexpr T high = T(1.0L / 6), low = T(1.0L / 6 - high);
    if constexpr (simd::has_fma)
      return simd::fma(x, V(high), x * V(low));
    else
      return simd::divide(x, V(T(6)));
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(HardSwish);

}  // namespace rectify
