// ThresholdedReLU: x above a threshold, zero elsewhere.
#pragma once

#include <cmath>
#include <rectify/activation.hpp>
#include <rectify/simd/sign.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x > theta ? x : 0
/// f'(x) = x > theta ? 1 : 0
///
/// theta: any finite value; default 1.
/// Special values: f(NaN) = NaN (by the formula: 0); f'(theta) = f'(NaN) = 0. Where f' is 0, dx = +0
/// whatever dy is.
/// Accuracy: exact.
/// From the output: y > theta, for theta >= 0; a negative theta throws.
/// Source: Konda, Memisevic and Krueger, "Zero-bias autoencoders and the benefits of co-adapting features",
/// ICLR 2015; torch.nn.Threshold(theta, 0), ONNX ThresholdedRelu.
template <class T>
struct ThresholdedReLU {
  using Scalar = T;
  static constexpr const char* name = "ThresholdedReLU";
  static constexpr int instructions = 4;

  T theta = T(1);

  template <class V>
  V value(V x) const {
    return simd::zero_if(x <= V(theta), x);
  }
  template <class V>
  V backward(V x, V dy) const {
    return simd::keep_if(x > V(theta), dy);
  }
  template <class V>
  V second_derivative(V) const {
    return V(T(0));
  }
  template <class V>
  V backward_from_output(V y, V dy) const {
    return backward(y, dy);
  }
  const char* invalid() const { return std::isfinite(theta) ? nullptr : "theta must be finite"; }
  const char* invalid_from_output() const {
    return theta >= T(0) ? nullptr : "theta must not be negative, because then y = 0 does not tell x";
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(ThresholdedReLU);

}  // namespace rectify
