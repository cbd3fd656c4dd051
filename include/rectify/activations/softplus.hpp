// Softplus: a smooth ReLU.
#pragma once

#include <algorithm>
#include <cmath>
#include <rectify/activation.hpp>
#include <rectify/simd/log1p.hpp>
#include <rectify/simd/logistic.hpp>

namespace rectify {
namespace formula {

/// The form for beta = 1, and that for any.
template <class T, bool plain>
struct SoftplusForm {
  T beta;
  // A division by a small beta unlifts at once, or it would overflow.
  T unlift = beta < T(1) ? T(1) : simd::ExpTable<T>::unlift;
  T divisor = beta < T(1) ? beta / simd::ExpTable<T>::unlift : beta;

  template <class V>
  V value(V x) const {
    const V positive = simd::larger(V(T(0)), x);
    const auto log = with_scaled(magnitude(x), [](auto z) { return simd::lifted_log1p_exp(z); });
    if constexpr (plain)
      return simd::plus_unlifted(positive, log);
    else
      return simd::plus_unlifted(positive, simd::quotient(log, simd::Twofold<V>{V(divisor), V(T(0))}),
                                 unlift);
  }
  template <class V>
  V derivative(V x) const {
    const V below = simd::larger(V(-bound(-simd::ExpTable<T>::least)), x);
    const V bounded = simd::smaller(V(bound(T(std::numeric_limits<T>::digits))), below);
    return with_scaled(bounded, [](auto z) { return simd::logistic(z).q(); });
  }
  template <class V>
  V second_derivative(V x) const {
    return V(beta) * with_scaled(magnitude(x), [](auto z) {
             return simd::unlifted(simd::logistic_tail(z).lifted_slope());
           });
  }
  template <class V>
  V derivative_from_output(V y) const {
    return simd::negated(simd::expm1(V(-beta) * y));
  }

 private:
  /// The x where beta x is z.
  T bound(T z) const { return std::min(z / beta, std::numeric_limits<T>::max()); }
  template <class V>
  V magnitude(V x) const {
    return simd::bounded_magnitude(x, bound(-simd::ExpTable<T>::least));
  }
  /// use(beta z), in two parts where the product is not exact.
  template <class V, class Use>
  [[gnu::always_inline]] auto with_scaled(V z, Use use) const {
    if constexpr (plain)
      return use(z);
    else
      return use(simd::product(z, V(beta)));
  }
};

/// f(x)  = log(1 + e^(beta x)) / beta
/// f'(x) = 1 / (1 + e^(-beta x))
///
/// beta: positive, finite as 1 / beta is; default 1.
/// Special values: f(-inf) = +0, f(inf) = inf, f(NaN) = f'(NaN) = NaN; f'(-inf) = 0, f'(inf) = 1. No
/// threshold: PyTorch returns x where beta x > 20.
/// Accuracy: f within 1.8 ULP, f' within 2 ULP, float and double, on every instruction set (./dev
/// accuracy), for beta from 2^-32; a smaller one may turn f to 0 where it is below 2^-190 / beta
/// (double: 2^-1534 / beta).
/// From the output: 1 - e^(-beta y).
/// Form: max(x, 0) + log(1 + e^-z) / beta, z = beta |x| in two parts where beta is not 1; for
/// float with AVX2 or AVX-512 the logarithm is e^-z times one of 8 or 32 polynomials.
/// Source: Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NIPS
/// 2000; torch.nn.Softplus, ONNX Softplus.
template <class T>
struct Softplus {
  using Scalar = T;
  static constexpr const char* name = "Softplus";
  static constexpr int instructions = 50, instructions_from_output = 20;

  T beta = T(1);

  template <class Use>
  [[gnu::always_inline]] auto specialise(Use use) const {
    return beta == T(1) ? use(SoftplusForm<T, true>{beta}) : use(SoftplusForm<T, false>{beta});
  }
  template <class V>
  V value(V x) const {
    return specialise([x](auto form) { return form.value(x); });
  }
  template <class V>
  V derivative(V x) const {
    return specialise([x](auto form) { return form.derivative(x); });
  }
  template <class V>
  V second_derivative(V x) const {
    return specialise([x](auto form) { return form.second_derivative(x); });
  }
  template <class V>
  V derivative_from_output(V y) const {
    return specialise([y](auto form) { return form.derivative_from_output(y); });
  }
  const char* invalid() const {
    return beta > T(0) && std::isfinite(beta) && std::isfinite(1 / beta)
               ? nullptr
               : "beta must be positive, and beta and 1 / beta finite";
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(Softplus);

}  // namespace rectify
