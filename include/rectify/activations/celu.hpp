// CELU: ELU made smooth for every alpha.
#pragma once

#include <cmath>
#include <rectify/activation.hpp>
#include <rectify/simd/exp.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x > 0 ? x : alpha (e^(x/alpha) - 1)
/// f'(x) = x > 0 ? 1 : e^(x/alpha)
///
/// alpha: finite and positive; default 1.
/// Special values: f(-inf) = -alpha, f(inf) = inf, f(-0) = -0, f(NaN) = f'(NaN) = NaN; f'(0) = 1, f'(-inf)
/// = 0.
/// Accuracy: f within 2 ULP, f' within 1.1 ULP, float and double, on every instruction set (./dev accuracy).
/// From the output: y > 0 ? 1 : (y + alpha) / alpha.
/// Form: ELU's, with x / alpha in two parts; for the smallest |x| / alpha, which can underflow, f is x.
/// Source: Barron, "Continuously differentiable exponential linear units", 2017; torch.nn.CELU, ONNX Celu.
template <class T>
struct CELU {
  using Scalar = T;
  static constexpr const char* name = "CELU";
  static constexpr int instructions = 36;

  T alpha = T(1);

  template <class V>
  V value(V x) const {
    const T straight = alpha * std::numeric_limits<T>::epsilon() / 16;
    return simd::select(x >= V(-straight), x, V(alpha) * simd::expm1(scaled(x)));
  }
  template <class V>
  V derivative(V x) const {
    return simd::select(x > V(T(0)), V(T(1)), simd::unlifted(lifted(x)));
  }
  template <class V>
  V second_derivative(V x) const {
    return simd::zero_if(x > V(T(0)), simd::divide(simd::unlifted(lifted(x)), V(alpha)));
  }
  template <class V>
  V derivative_from_output(V y) const {
    return simd::select(y > V(T(0)), V(T(1)), simd::divide(y + V(alpha), V(alpha)));
  }
  const char* invalid() const {
    return std::isfinite(alpha) && alpha > T(0) ? nullptr : "alpha must be finite and positive";
  }

 private:
  /// x / alpha, not below ExpTable::least. Both by a power of two, so that 1 / alpha is a normal number.
  template <class V>
  simd::Twofold<V> scaled(V x) const {
    const T unit = simd::power_of_two(std::max(alpha, std::numeric_limits<T>::min())), part = alpha / unit;
    const auto inverse = simd::quotient(simd::Twofold<T>{T(1), T(0)}, simd::Twofold<T>{part, T(0)});
    const V z = simd::larger(V(part * simd::ExpTable<T>::least), x * V(T(1) / unit));
    return simd::product(z, simd::Twofold<V>{V(inverse.hi), V(inverse.lo)});
  }
  template <class V>
  V lifted(V x) const {
    return simd::lifted_exp(scaled(x)).hi;
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(CELU);

}  // namespace rectify
