// LogSigmoid: the logarithm of the sigmoid.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/log1p.hpp>
#include <rectify/simd/logistic.hpp>

namespace rectify {
namespace formula {

/// f(x)  = log(1 / (1 + e^-x))
/// f'(x) = 1 / (1 + e^x)
///
/// Special values: f(-inf) = -inf, f(inf) = -0, f(NaN) = f'(NaN) = NaN; f'(-inf) = 1, f'(inf) = 0.
/// Accuracy: f within 1.8 ULP, f' within 2 ULP, float and double, on every instruction set (./dev
/// accuracy).
/// From the output: 1 - e^y.
/// Form: -(max(-x, 0) + log(1 + e^-|x|)), the logarithm as in Softplus.
/// Source: torch.nn.LogSigmoid.
template <class T>
struct LogSigmoid {
  using Scalar = T;
  static constexpr const char* name = "LogSigmoid";
  static constexpr int instructions = 50, instructions_from_output = 20;

  template <class V>
  V value(V x) const {
    const auto log = simd::lifted_log1p_exp(simd::exp_magnitude(x));
    return simd::negated(simd::plus_unlifted(simd::larger(V(T(0)), simd::negated(x)), log));
  }
  template <class V>
  V derivative(V x) const {
    return simd::logistic(simd::logistic_range(simd::negated(x))).q();
  }
  template <class V>
  V second_derivative(V x) const {
    return simd::negated(simd::unlifted(simd::logistic_tail(simd::exp_magnitude(x)).lifted_slope()));
  }
  template <class V>
  V derivative_from_output(V y) const {
    return simd::negated(simd::expm1(y));
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(LogSigmoid);

}  // namespace rectify
