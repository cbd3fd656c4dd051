// SquaredReLU: the square of ReLU.
#pragma once

#include <cmath>
#include <rectify/activation.hpp>
#include <rectify/simd/sign.hpp>

namespace rectify {
namespace formula {

/// f(x)  = max(x, 0)^2
/// f'(x) = 2 max(x, 0)
///
/// Special values: f(NaN) = NaN, f(-inf) = f(-0) = +0; f'(NaN) = 0. Where f' is 0, dx = +0 whatever dy is.
/// Accuracy: correctly rounded.
/// From the output: 2 sqrt(y).
/// Source: So et al., "Primer: searching for efficient transformers for language modeling", NeurIPS 2021.
template <class T>
struct SquaredReLU {
  using Scalar = T;
  static constexpr const char* name = "SquaredReLU";
  static constexpr int instructions = 4;

  template <class V>
  V value(V x) const {
    const V positive = simd::larger(V(T(0)), x);
    return positive * positive;
  }
  template <class V>
  V backward(V x, V dy) const {
    return simd::zero_if(simd::not_positive(x), V(T(2)) * x * dy);
  }
  template <class V>
  V second_derivative(V x) const {
    return simd::zero_if(simd::not_positive(x), V(T(2)));
  }
  template <class V>
  V backward_from_output(V y, V dy) const {
    using std::sqrt;
    return simd::zero_if(simd::not_positive(y), V(T(2)) * sqrt(y) * dy);
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(SquaredReLU);

}  // namespace rectify
