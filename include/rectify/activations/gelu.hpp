// GELU: x weighted by the normal distribution function of x.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/logistic.hpp>
#include <rectify/simd/normal_tail.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x Phi(x) = x / 2 erfc(-x / sqrt(2))
/// f'(x) = Phi(x) + x e^(-x^2/2) / sqrt(2 pi)
///
/// Special values: f(-inf) = -0 (PyTorch: NaN), f(inf) = inf, f(-0) = -0, f(NaN) = NaN; f'(-inf) = 0,
/// f'(inf) = 1.
/// Accuracy: f within 2 ULP, f' within 2.9 ULP, float and double, on every instruction set (./dev
/// accuracy). Around its zero at -0.7518, within two fifths of that, f' is within half an epsilon instead.
/// Form: max(x, 0) - |x| Phi(-|x|), with e^(-x^2/2) of a square in two parts, so that the tail is right down
/// to the last subnormal number, times c / (|x| + 23/32) and a rational function near 1. For float with AVX2
/// or AVX-512 one of 8 or 16 (f': 32) polynomials, in 0.6 of the time; from -5.4 or -6 down (f': -6, -6.5)
/// the square's exponential times a polynomial in 1 / x^2, and a vector with such a number takes both.
/// Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016; torch.nn.GELU, ONNX Gelu.
template <class T>
struct GELU {
  using Scalar = T;
  static constexpr const char* name = "GELU";
  static constexpr int instructions = 55;

  template <class V>
  [[gnu::always_inline]] V value(V x) const {
    return simd::near_zero_by_segments<simd::NormalTailSegments>(
        x, [x](V below) { return simd::positive_part(x) - below; },
        [x](auto far) __attribute__((always_inline)) {
          const V below = simd::lifted_normal_tail<far>(bounded(x));
          return simd::fma(V(-simd::ExpTable<T>::unlift), below, simd::positive_part(x));
        });
  }
  template <class V>
  [[gnu::always_inline]] V derivative(V x) const {
    const auto from_tail = [x](V rest) { return simd::from_tail(x > V(T(0)), rest); };
    return simd::near_zero_by_segments<simd::NormalSlopeSegments>(
        x, from_tail, [=](auto far) __attribute__((always_inline)) {
          return from_tail(simd::unlifted(simd::lifted_normal_slope<far>(bounded(x))));
        });
  }
  template <class V>
  V second_derivative(V x) const {
    const V z = bounded(x);
    const V curve = V(T(simd::normal_density)) * simd::fma(simd::negated(z), z, V(T(2)));
    const auto [scale, m] = simd::lifted_bell(z);
    return simd::unlifted(simd::grown(scale, m).hi * curve);
  }

 private:
  template <class V>
  static V bounded(V x) {
    return simd::bounded_magnitude(x, simd::NormalTailTable<T>::bound);
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(GELU);

}  // namespace rectify
