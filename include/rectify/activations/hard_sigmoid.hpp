// HardSigmoid: a straight line from 0 at -3 to 1 at 3.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/sign.hpp>

namespace rectify {
namespace formula {

/// f(x)  = min(max((x + 3) / 6, 0), 1)
/// f'(x) = -3 < x < 3 ? 1/6 : 0
///
/// Special values: f(NaN) = NaN; f'(-3) = f'(3) = f'(NaN) = 0. Where f' is 0, dx = +0 whatever dy is.
/// Accuracy: f within 1.4 ULP, f' within 0.5 ULP, float and double, on every instruction set (./dev
/// accuracy).
/// From the output: 0 < y < 1 (where x just below 3 has rounded to 1: 0).
/// Source: torch.nn.Hardsigmoid; ONNX HardSigmoid has this slope as alpha = 1/6, its default is 0.2.
template <class T>
struct HardSigmoid {
  using Scalar = T;
  static constexpr const char* name = "HardSigmoid";
  static constexpr int instructions = 4;

  template <class V>
  V value(V x) const {
    return simd::smaller(V(T(1)), simd::larger(V(T(0)), (x + V(T(3))) * V(sixth)));
  }
  template <class V>
  V backward(V x, V dy) const {
    return simd::keep_if((x > V(T(-3))) & (x < V(T(3))), dy * V(sixth));
  }
  template <class V>
  V second_derivative(V) const {
    return V(T(0));
  }
  template <class V>
  V backward_from_output(V y, V dy) const {
    return simd::keep_if((y > V(T(0))) & (y < V(T(1))), dy * V(sixth));
  }

 private:
  static constexpr T sixth = T(1.0L / 6);
};

}  // namespace formula

RECTIFY_ACTIVATION(HardSigmoid);

}  // namespace rectify
