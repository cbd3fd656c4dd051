// HardSwish: x weighted by its hard sigmoid.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/twofold.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x min(max((x + 3) / 6, 0), 1)
/// f'(x) = x <= -3 ? 0 : x < 3 ? (2x + 3) / 6 : 1
///
/// Special values: f(-inf) = -0 (PyTorch: NaN), f(x) = -0 for x <= -3, f(-0) = -0, f(NaN) = NaN; f'(-3) = 0
/// and f'(3) = 1 (PyTorch before 2.8: -1/2 and 3/2), f'(NaN) = 0. dx = +0 for x <= -3 whatever dy is.
/// Accuracy: f within 0.6 ULP, f' within 1.4 ULP, float and double, on every instruction set (./dev
/// accuracy).
/// Source: Howard et al., "Searching for MobileNetV3", ICCV 2019; torch.nn.Hardswish, ONNX HardSwish.
template <class T>
struct HardSwish {
  using Scalar = T;
  static constexpr const char* name = "HardSwish";

  template <class V>
  V value(V x) const {
    constexpr T sixth = T(1.0L / 6), sixth_low = T(1.0L / 6 - sixth);
    // In two parts: its three factors would bring three errors.
    const auto line = simd::product(simd::ordered_sum(V(T(3)), x), simd::Twofold<V>{V(sixth), V(sixth_low)});
    const V inside = simd::zero_if(x <= V(T(-3)), simd::magnitude(simd::rounded_product(x, line)));
    return simd::select(x < V(T(3)), simd::with_sign(inside, simd::signed_zero(x)), x);
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
};

}  // namespace formula

RECTIFY_ACTIVATION(HardSwish);

}  // namespace rectify
