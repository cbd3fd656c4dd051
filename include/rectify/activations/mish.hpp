// Mish: x weighted by the hyperbolic tangent of its softplus.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/exp.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x t, t = tanh(log(1 + e^x))
/// f'(x) = t + x (1 - t^2) s(x), s the sigmoid
///
/// Special values: f(-inf) = -0, f(inf) = inf, f(-0) = -0, f(NaN) = f'(NaN) = NaN; f'(-inf) = 0, f'(inf) =
/// 1.
/// Accuracy: f within 1.9 ULP, f' within 1.3 ULP, float and double, on every instruction set (./dev
/// accuracy). Around its zero at -1.1924, within two fifths of that, f' is within half an epsilon instead.
/// Form: with w = e^-|x|, t = w (w + 2) / (w^2 + 2w + 2) for x <= 0 and 1 - 2w^2 / (1 + 2w + 2w^2) for x >
/// 0: no logarithm, nothing that cancels.
/// Source: Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020; torch.nn.Mish,
/// ONNX Mish.
template <class T>
struct Mish {
  using Scalar = T;
  static constexpr const char* name = "Mish";
  static constexpr int instructions = 120;

  template <class V>
  V value(V x) const {
    const Parts<V> p(x);
    const V y = simd::rounded_product(simd::exp_magnitude(x), p.t);
    const V signed_y = simd::with_sign(simd::select(p.positive, y, simd::unlifted(y)), simd::signed_zero(x));
    return simd::select(x > V(-least), x, signed_y);
  }
  template <class V>
  V derivative(V x) const {
    const Parts<V> p(x);
    const auto slope = simd::product(simd::larger(V(least), simd::smaller(V(-least), x)), p.lifted_slope());
    const auto d = simd::sum(p.t, simd::select(p.positive, simd::unlifted(slope), slope));
    const V y = simd::rounded(d);
    return simd::select(p.positive, y, simd::unlifted(y));
  }
  /// (1 - t^2) s (2 + x (1 - s - 2 t s))
  template <class V>
  V second_derivative(V x) const {
    const Parts<V> p(x);
    const V one(T(1)), s = simd::select(p.positive, p.s.hi, simd::unlifted(p.s.hi));
    const V t = simd::select(p.positive, p.t.hi, simd::unlifted(p.t.hi));
    const V bounded = simd::larger(V(least), simd::smaller(V(-least), x));
    const V curve = simd::fma(bounded, one - simd::fma(V(T(2)) * t, s, s), V(T(2)));
    return simd::unlifted(p.lifted_slope().hi * curve);
  }

 private:
  static constexpr T least = simd::ExpTable<T>::least;

  /// t and s; lifted where x is not positive.
  template <class V>
  struct Parts {
    decltype(V() > V()) positive;
    simd::Twofold<V> t, s;

    [[gnu::always_inline]] explicit Parts(V x) : positive(x > V(T(0))) {
      const V one(T(1)), two(T(2));
      const auto up = simd::lifted_exp<-1>(simd::exp_magnitude(x)), w = simd::unlifted(up);
      const simd::Twofold<V> twice{two * w.hi, two * w.lo}, unit{one, V(T(0))};
      // t = n / (n + rest): for positive x n = 1 + 2w, rest = 2w^2; elsewhere n = w (w + 2), rest = 2.
      const auto rising = simd::ordered_sum(one, twice),
                 falling = simd::product(up, simd::ordered_sum(two, w));
      const auto rest = simd::select(positive, simd::product(twice, w), simd::Twofold<V>{two, V(T(0))});
      const auto n = simd::select(positive, rising, simd::unlifted(falling));
      t = simd::quotient(simd::select(positive, rising, falling), simd::sum(n, rest));
      s = simd::quotient(simd::select(positive, unit, up), simd::ordered_sum(one, w));
    }
    /// (1 - t^2) s
    [[gnu::always_inline]] simd::Twofold<V> lifted_slope() const {
      const V one(T(1));
      const auto small = simd::unlifted(t);
      const simd::Twofold<V> plain = simd::select(positive, t, small);
      const auto both =
          simd::product(simd::ordered_sum(one, plain), simd::ordered_sum(one, simd::negated(plain)));
      const V lift(T(1) / simd::ExpTable<T>::unlift);
      return simd::product(both, simd::select(positive, simd::Twofold<V>{lift * s.hi, lift * s.lo}, s));
    }
  };
};

}  // namespace formula

RECTIFY_ACTIVATION(Mish);

}  // namespace rectify
