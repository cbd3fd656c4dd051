// GELUTanh: GELU with its distribution function approximated by a hyperbolic tangent.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/gelu_tanh_segments.hpp>
#include <rectify/simd/logistic.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x / 2 (1 + tanh(u)) = x s(2u), u = sqrt(2 / pi) (x + 0.044715 x^3), s the sigmoid
/// f'(x) = s(2u) + x 2u' s(2u) (1 - s(2u))
///
/// Special values: f(-inf) = -0, f(inf) = inf, f(-0) = -0, f(NaN) = NaN; f'(-inf) = 0, f'(inf) = 1.
/// Accuracy: f within 2 ULP, f' within 4 ULP, float and double, on every instruction set (./dev accuracy).
/// Around its zero at -0.7525, within two fifths of that, f' is within half an epsilon instead.
/// Form: x / (1 + e^-2u) with 2u in two parts; 1 + tanh(u) would cancel. f' from the tail of |x|. For float
/// with AVX2 or AVX-512 one of 8 or 16 (f': 32) polynomials; from -5.1 or -5.3 down (f': -5.5) e^2u
/// times x or f' / e^2u, and a vector with such a number takes both.
/// Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016; torch.nn.GELU(approximate="tanh"),
/// ONNX Gelu(approximate="tanh").
template <class T>
struct GELUTanh {
  using Scalar = T;
  static constexpr const char* name = "GELUTanh";
  static constexpr int instructions = 60;

  template <class V>
  [[gnu::always_inline]] V value(V x) const {
    return simd::near_zero_by_segments<simd::GELUTanhTailSegments>(
        x, [x](V below) { return simd::positive_part(x) - below; },
        [x](auto far) __attribute__((always_inline)) {
          const V low = simd::larger(V(-bound), x), top(sizeof(T) == 4 ? T(5.5) : T(7.5));
          const auto u = argument(low, bend_of(low));
          if constexpr (far)
            return simd::unlifted(simd::lifted_exp_times(low, u).hi);
          else
            return simd::select(x > top, x, simd::logistic(u).weighted(low));
        });
  }
  template <class V>
  [[gnu::always_inline]] V derivative(V x) const {
    const auto from_tail = [x](V rest) { return simd::from_tail(x > V(T(0)), rest); };
    return simd::near_zero_by_segments<simd::GELUTanhSlopeSegments>(
        x, from_tail, [=](auto far) __attribute__((always_inline)) {
          const V z = simd::bounded_magnitude(x, bound);
          const auto bend = bend_of(z);
          const auto u = argument(z, bend);
          if constexpr (far) {
            // 1 - 2u' z, with 2u' z = 3 2u - 2 linear z.
            const V minus_three(T(-3)), line = simd::fma(z, V(T(2 * exact_linear)), V(T(1)));
            const V ratio = simd::fma(u.hi, minus_three, simd::fma(u.lo, minus_three, line));
            return simd::unlifted(simd::lifted_exp_times<-1>(ratio, u).hi);
          } else {
            return from_tail(
                simd::unlifted(simd::logistic_tail(u).lifted_rest(simd::product(z, slope(bend)))));
          }
        });
  }
  template <class V>
  V second_derivative(V x) const {
    const V z = simd::bounded_magnitude(x, bound);
    const auto bend = bend_of(z);
    const auto s = simd::logistic_tail(argument(z, bend));
    const V steep = slope(bend).hi, curve = simd::fma(V(T(6) * cubic) * z, z, V(T(2)) * steep);
    return simd::unlifted(s.lifted_slope() *
                          simd::fma(z * steep * steep, simd::fma(V(T(2)), s.q(), V(T(-1))), curve));
  }

 private:
  // 2 sqrt(2 / pi), in two parts, the first of them a multiple of the last place of what it is added to; and
  // that times 0.044715.
  static constexpr long double exact_linear = 1.59576912160573071175978423973752747L;
  static constexpr long double exact_cubic = 0.07135481627260024877633875227986354L;
  static constexpr long double place = sizeof(T) == 4 ? 0x1p-20L : 0x1p-47L;
  static constexpr T linear = T(place * static_cast<long long>(exact_linear / place));
  static constexpr T linear_low = T(exact_linear - linear);
  static constexpr T cubic = T(exact_cubic);
  /// From here on x e^-2u is 0; 2u is within -ExpTable::least.
  static constexpr T bound = sizeof(T) == 4 ? T(10.97) : T(21.6);

  // In two parts, because an error of 2u is one of e^2u: 2u / z is linear + bend, 2u' is linear + 3 bend.
  template <class V>
  [[gnu::always_inline]] static simd::Twofold<V> bend_of(V z) {
    return simd::product(simd::product(z, z), simd::in_two_parts<V>(exact_cubic));
  }
  template <class V>
  [[gnu::always_inline]] static simd::Twofold<V> with_line(simd::Twofold<V> bend) {
    const auto sum = simd::ordered_sum(V(linear), bend);
    return {sum.hi, sum.lo + V(linear_low)};
  }
  template <class V>
  [[gnu::always_inline]] static simd::Twofold<V> argument(V z, simd::Twofold<V> bend) {
    return simd::product(z, with_line(bend));
  }
  template <class V>
  [[gnu::always_inline]] static simd::Twofold<V> slope(simd::Twofold<V> bend) {
    const V three(T(3));
    return with_line(simd::Twofold<V>{simd::times(three, bend.hi), simd::times(three, bend.lo)});
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(GELUTanh);

}  // namespace rectify
