// Softplus: a smooth ReLU.
#pragma once

#include <algorithm>
#include <cmath>
#include <rectify/activation.hpp>
#include <rectify/simd/log1p.hpp>
#include <rectify/simd/logistic.hpp>

namespace rectify {
namespace formula {

/// f(x)  = log(1 + e^(beta x)) / beta
/// f'(x) = 1 / (1 + e^(-beta x))
///
/// beta: finite and positive; default 1.
/// Special values: f(-inf) = +0, f(inf) = inf, f(NaN) = f'(NaN) = NaN; f'(-inf) = 0, f'(inf) = 1. No
/// threshold: PyTorch returns x where beta x > 20.
/// Accuracy: f within 1.8 ULP, f' within 2 ULP, float and double, on every instruction set (./dev
/// accuracy).
/// From the output: 1 - e^(-beta y).
/// Form: max(x, 0) + log(1 + e^-z) / beta, z = beta |x| in two parts.
/// Source: Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NIPS
/// 2000; torch.nn.Softplus, ONNX Softplus.
template <class T>
struct Softplus {
  using Scalar = T;
  static constexpr const char* name = "Softplus";

  T beta = T(1);

  template <class V>
  V value(V x) const {
    const auto log = simd::lifted_log1p(simd::lifted_exp(simd::negated(scaled(x))));
    const auto rest = beta == T(1) ? log : simd::quotient(log, simd::Twofold<V>{V(beta), V(T(0))});
    return simd::rounded_sum(simd::larger(V(T(0)), x), simd::unlifted(rest));
  }
  template <class V>
  V derivative(V x) const {
    return tail(x).rising(x > V(T(0)));
  }
  template <class V>
  V second_derivative(V x) const {
    return V(beta) * simd::unlifted(tail(x).lifted_slope());
  }
  template <class V>
  V derivative_from_output(V y) const {
    return simd::negated(simd::expm1(V(-beta) * y));
  }
  const char* invalid() const {
    return std::isfinite(beta) && beta > T(0) ? nullptr : "beta must be finite and positive";
  }

 private:
  template <class V>
  simd::Twofold<V> scaled(V x) const {
    const T bound = std::min(-simd::ExpTable<T>::least / beta, std::numeric_limits<T>::max());
    const V z = simd::bounded_magnitude(x, bound);
    if (beta == T(1)) return {z, V(T(0))};
    return simd::product(z, V(beta));
  }
  template <class V>
  auto tail(V x) const {
    return simd::logistic_tail(scaled(x));
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(Softplus);

}  // namespace rectify
