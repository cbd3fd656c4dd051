// GELUTanh: GELU with its distribution function approximated by a hyperbolic tangent.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/logistic.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x / 2 (1 + tanh(u)) = x s(2u), u = sqrt(2 / pi) (x + 0.044715 x^3), s the sigmoid
/// f'(x) = s(2u) + x 2u' s(2u) (1 - s(2u))
///
/// Special values: f(-inf) = -0, f(inf) = inf, f(-0) = -0, f(NaN) = NaN; f'(-inf) = 0, f'(inf) = 1.
/// Accuracy: f within 2 ULP, f' within 4 ULP, float and double, on every instruction set (./dev accuracy).
/// Around its zero at -0.7525, within two fifths of that, f' is within half an epsilon instead.
/// Form: max(x, 0) - |x| q with the logistic tail q of 2u in two parts; 1 + tanh(u) would cancel.
/// Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016; torch.nn.GELU(approximate="tanh"),
/// ONNX Gelu(approximate="tanh").
template <class T>
struct GELUTanh {
  using Scalar = T;
  static constexpr const char* name = "GELUTanh";

  template <class V>
  V value(V x) const {
    const V z = bounded(x);
    return simd::positive_part(x) - parts(z).tail.weighted(z);
  }
  template <class V>
  V derivative(V x) const {
    const V z = bounded(x);
    const auto [slope, tail] = parts(z);
    const V rest = simd::unlifted(tail.lifted_rest(simd::product(z, slope)));
    return simd::from_tail(x > V(T(0)), simd::negated(rest));
  }
  template <class V>
  V second_derivative(V x) const {
    const V z = bounded(x);
    const auto [slope, tail] = parts(z);
    const V bend = simd::fma(V(T(6) * cubic) * z, z, V(T(2)) * slope.hi);
    const V curve = simd::fma(z * slope.hi * slope.hi, simd::fma(V(T(2)), tail.q(), V(T(-1))), bend);
    return simd::unlifted(tail.lifted_slope() * curve);
  }

 private:
  // 2 sqrt(2 / pi), and that times 0.044715, each in two parts.
  static constexpr long double exact_linear = 1.59576912160573071175978423973752747L;
  static constexpr long double exact_cubic = 0.07135481627260024877633875227986354L;
  static constexpr T linear = T(exact_linear), linear_low = T(exact_linear - linear);
  static constexpr T cubic = T(exact_cubic), cubic_low = T(exact_cubic - cubic);

  /// 2u', and the logistic tail of 2u. An error of 2u would be one of e^-2u, so it is computed in two parts.
  template <class V>
  struct Parts {
    simd::Twofold<V> slope;
    simd::LogisticTail<V> tail;
  };
  template <class V>
  [[gnu::always_inline]] static Parts<V> parts(V z) {
    using Two = simd::Twofold<V>;
    const V three(T(3));
    const Two line{V(linear), V(linear_low)};
    const auto bend = simd::product(simd::product(z, z), Two{V(cubic), V(cubic_low)});
    const auto argument = simd::product(z, simd::sum(line, bend));
    const auto slope = simd::sum(line, Two{simd::times(three, bend.hi), simd::times(three, bend.lo)});
    return {slope, simd::logistic_tail(argument)};
  }
  /// Where 2u is beyond -ExpTable::least.
  template <class V>
  static V bounded(V x) {
    return simd::bounded_magnitude(x, T(sizeof(T) == 4 ? 10.97 : 21.6));
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(GELUTanh);

}  // namespace rectify
