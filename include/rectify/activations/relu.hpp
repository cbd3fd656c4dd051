// ReLU: x where x is positive, zero elsewhere.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/sign.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x < 0 ? 0 : x
/// f'(x) = x > 0 ? 1 : 0
///
/// Special values: f(NaN) = NaN, f(-inf) = +0, f(-0) = -0; f'(0) = f'(NaN) = 0. Where f' is 0, dx = +0
/// whatever dy is, infinite or NaN included.
/// Accuracy: exact, the same bits on every instruction set (tests/exhaustive_test.cpp).
/// From the output: yes, y > 0 where x > 0.
/// Form: max with 0 as the first operand, so that NaN and -0 come through; one instruction on x86.
/// Source: Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010;
/// torch.nn.ReLU, ONNX Relu.
template <class T>
struct ReLU {
  using Scalar = T;
  static constexpr const char* name = "ReLU";
  static constexpr int instructions = 4;

  template <class V>
  V value(V x) const {
    return simd::larger(V(T(0)), x);
  }
  template <class V>
  V derivative(V x) const {
    return gate(simd::not_positive(x), V(T(1)));
  }
  /// dx, given where x is not positive.
  template <class Mask, class V>
  V gate(Mask not_positive, V dy) const {
    return simd::zero_if(not_positive, dy);
  }
  /// He et al. 2015.
  double gain() const { return 1.4142135623730951; }
};

}  // namespace formula

RECTIFY_ACTIVATION(ReLU);

}  // namespace rectify
