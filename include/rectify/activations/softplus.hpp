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
    const auto log = simd::lifted_log1p(simd::lifted_exp(simd::negated(scaled(magnitude(x)))));
    const auto rest = beta == T(1) ? log : simd::quotient(log, simd::Twofold<V>{V(beta), V(T(0))});
    return simd::rounded_sum(simd::larger(V(T(0)), x), simd::unlifted(rest));
  }
  template <class V>
  V derivative(V x) const {
    const V below = simd::larger(V(-bound()), x);
    const V bounded = simd::smaller(V(T(std::numeric_limits<T>::digits) / beta), below);
    return simd::logistic(simd::negated(scaled(bounded))).q();
  }
  template <class V>
  V second_derivative(V x) const {
    return V(beta) * simd::unlifted(simd::logistic(scaled(magnitude(x))).lifted_slope());
  }
  template <class V>
  V derivative_from_output(V y) const {
    return simd::negated(simd::expm1(V(-beta) * y));
  }
  const char* invalid() const {
    return std::isfinite(beta) && beta > T(0) ? nullptr : "beta must be finite and positive";
  }

 private:
  T bound() const { return std::min(-simd::ExpTable<T>::least / beta, std::numeric_limits<T>::max()); }
  template <class V>
  V magnitude(V x) const {
    return simd::bounded_magnitude(x, bound());
  }
  template <class V>
  simd::Twofold<V> scaled(V bounded) const {
    if (beta == T(1)) return {bounded, V(T(0))};
    return simd::product(bounded, V(beta));
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(Softplus);

}  // namespace rectify
