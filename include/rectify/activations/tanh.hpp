// Tanh: the hyperbolic tangent, from -1 to 1.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/logistic.hpp>
#include <rectify/simd/segments.hpp>
#include <rectify/simd/tanh_segments.hpp>

namespace rectify {
namespace formula {

/// f(x)  = tanh(x)
/// f'(x) = 1 - f(x)^2
///
/// Special values: f(+-inf) = +-1, f(-0) = -0, f(NaN) = f'(NaN) = NaN; f'(+-inf) = 0.
/// Accuracy: f within 2.1 ULP, f' within 2.3 ULP, float and double, on every instruction set (./dev
/// accuracy).
/// From the output: (1 - y)(1 + y).
/// Form: (1 - e^-2|x|) / (1 + e^-2|x|), because the divisor of the form with e^2|x| rounds worse where the
/// numerator is small; for float with AVX2 or AVX-512 a polynomial around one of 8 or 31 centers, in 0.7 of
/// the time and more accurate. f' = 4 (q - q^2) with the logistic tail q of 2|x|.
/// Source: torch.nn.Tanh, ONNX Tanh.
template <class T>
struct Tanh {
  using Scalar = T;
  static constexpr const char* name = "Tanh";
  static constexpr int instructions = 26;

  template <class V>
  V value(V x) const {
    constexpr T one = sizeof(T) == 4 ? T(9.1) : T(19.1);  // from here on, f is 1
    return simd::with_sign(of_magnitude(simd::bounded_magnitude(x, one)), simd::signed_zero(x));
  }
  template <class V>
  V derivative(V x) const {
    return simd::unlifted(V(T(4)) * tail(x).lifted_slope());
  }
  template <class V>
  V second_derivative(V x) const {
    return V(T(-2)) * value(x) * derivative(x);
  }
  template <class V>
  V derivative_from_output(V y) const {
    return (V(T(1)) - y) * (V(T(1)) + y);
  }
  /// As PyTorch has it.
  double gain() const { return 5.0 / 3; }

 private:
  template <class V>
  static V of_magnitude(V z) {
    if constexpr (simd::has_segments<simd::TanhSegments, V>) {
      return simd::by_segments<simd::TanhSegments>(z);
    } else {
      const auto [scale, m] = simd::reduced_exp<0>(simd::unrounded(V(T(-2)) * z));
      const V numerator = simd::fma(simd::negated(scale), m, V(T(1)) - scale);
      return simd::divide(numerator, simd::fma(scale, m, scale + V(T(1))));
    }
  }
  template <class V>
  static auto tail(V x) {
    return simd::logistic_tail(V(T(2)) * simd::bounded_magnitude(x, simd::ExpTable<T>::least / -2));
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(Tanh);

}  // namespace rectify
