// ELU: x where x is positive, elsewhere an exponential that approaches -alpha.
#pragma once

#include <cmath>
#include <rectify/activation.hpp>
#include <rectify/simd/exp.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x > 0 ? x : alpha (e^x - 1)
/// f'(x) = x > 0 ? 1 : alpha e^x
///
/// alpha: any finite value; default 1.
/// Special values: f(-inf) = -alpha, f(inf) = inf, f(-0) = -0, f(NaN) = f'(NaN) = NaN; f'(0)
/// = alpha, f'(-inf) = 0.
/// Accuracy: f within 2 ULP, f' within 2 ULP, float and double, on every instruction set (./dev accuracy),
/// for |alpha| up to 2^32; a larger one may turn f' to 0 where it is below 2^-190 alpha
/// (double: 2^-1534 alpha).
/// From the output: y > 0 ? 1 : y + alpha, for alpha >= 0; a negative alpha throws.
/// Form: e^x - 1 from its own series around 0, which does not cancel.
/// Source: Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential
/// linear units", ICLR 2016; torch.nn.ELU, ONNX Elu.
template <class T>
struct ELU {
  using Scalar = T;
  static constexpr const char* name = "ELU";
  static constexpr int instructions = 20;

  T alpha = T(1);

  template <class V>
  V value(V x) const {
    return simd::select(x >= V(T(0)), x, V(alpha) * simd::expm1(x));
  }
  template <class V>
  V derivative(V x) const {
    return simd::select(x > V(T(0)), V(T(1)), scaled_exp(x));
  }
  template <class V>
  V second_derivative(V x) const {
    return simd::zero_if(x > V(T(0)), scaled_exp(x));
  }
  template <class V>
  V derivative_from_output(V y) const {
    return simd::select(y > V(T(0)), V(T(1)), y + V(alpha));
  }
  const char* invalid() const { return std::isfinite(alpha) ? nullptr : "alpha must be finite"; }
  const char* invalid_from_output() const {
    return alpha >= T(0) ? nullptr : "alpha must not be negative, because then y does not tell the sign of x";
  }

 private:
  /// alpha e^x, rounded once, where it is subnormal too.
  template <class V>
  V scaled_exp(V x) const {
    constexpr T unlift = simd::ExpTable<T>::unlift;
    const bool large = std::abs(alpha) > T(1);
    const V up = simd::lifted_exp<-1>(simd::exp_magnitude(x)).hi;
    return up * V(large ? unlift * alpha : alpha) * V(large ? T(1) : unlift);
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(ELU);

}  // namespace rectify
