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
/// Accuracy: f within 2 ULP, f' within 4 ULP, float and double, on every instruction set (./dev accuracy).
/// Around its zero at -1.1924, within two fifths of that, f' is within half an epsilon instead.
/// Form: with w = e^-|x|, t = 3/4 + (1 + 2w - 6w^2) / 4d, d = 1 + 2w + 2w^2, for x > 0 and
/// w (3/4 + (2 - 2w - 3w^2) / 4d), d = 2 + 2w + w^2, else: no logarithm. f' is a polynomial in w over d^2,
/// the only sum that cancels at its zero. Source: Misra, "Mish: a self regularized non-monotonic activation
/// function", BMVC 2020; torch.nn.Mish, ONNX Mish.
template <class T>
struct Mish {
  using Scalar = T;
  static constexpr const char* name = "Mish";
  static constexpr int instructions = 45;

  template <class V>
  V value(V x) const {
    const Parts<V> p(x);
    // Beside 3/4 the errors of a division count for a quarter at most.
    const auto faded = simd::product(p.z, p.up);
    const V whole = simd::select(p.positive, p.z, faded.hi), quarter = V(T(0.25)) * whole;
    const auto most = simd::ordered_sum(whole, simd::negated(quarter));
    const V low = simd::fma(V(T(0.75)), simd::zero_if(p.positive, faded.lo), most.lo);
    const V y = p.settled(most.hi + simd::fma(quarter, p.rest(), low));
    return simd::select(x > V(-least), x, simd::with_sign(y, simd::signed_zero(x)));
  }
  template <class V>
  V derivative(V x) const {
    const Parts<V> p(x);
    const V one(T(1)), four(T(4)), fourfold = four * p.bounded;
    // The coefficients for x <= 0 are those for x > 0, reversed.
    const V line = fourfold + four, next = fourfold + V(T(6));
    const V low = simd::fma(p.w, simd::select(p.positive, four, next), simd::select(p.positive, one, line));
    const V high = simd::fma(p.w, simd::select(p.positive, line, one), simd::select(p.positive, next, four));
    const V sum = simd::fma(p.w * p.w, high, low);
    if constexpr (simd::has_fma) {
      const V faded = simd::select(p.positive, sum, simd::rounded_product(sum, p.up));
      return p.settled(simd::divide(faded, p.divisor_squared()));
    } else {  // the sum has more roundings, so there is less room for others
      const auto fading = simd::select(p.positive, simd::Twofold<V>{one, V(T(0))}, p.up);
      const auto square = simd::product(p.divisor, p.divisor);
      return p.settled(simd::rounded(simd::quotient(simd::product(sum, fading), square)));
    }
  }
  /// (1 - t^2) s (2 + x (1 - s - 2 t s)), s the sigmoid
  template <class V>
  V second_derivative(V x) const {
    const Parts<V> p(x);
    const V one(T(1)), rest = simd::fma(V(T(0.25)), p.rest(), V(T(0.75)));
    const V sigmoid = simd::divide(one, one + p.w);
    const V t = simd::select(p.positive, rest, p.w * rest);
    const V s = simd::select(p.positive, sigmoid, p.w * sigmoid);
    const V curve = simd::fma(p.bounded, one - simd::fma(V(T(2)) * t, s, s), V(T(2)));
    const V slope = V(T(4)) * p.up.hi * (one + p.w) * simd::select(p.positive, p.w, one);
    return simd::unlifted(simd::divide(slope, p.divisor_squared()) * curve);
  }

 private:
  static constexpr T least = simd::ExpTable<T>::least;

  template <class V>
  struct Parts {
    decltype(V() > V()) positive;
    V z, bounded, w, one_or_two, square;
    simd::Twofold<V> up, divisor;

    [[gnu::always_inline]] explicit Parts(V x) : positive(x > V(T(0))), z(simd::exp_magnitude(x)) {
      bounded = simd::with_sign(z, simd::signed_zero(x));
      up = simd::lifted_exp<-1>(z);
      w = simd::unlifted(up.hi);
      one_or_two = simd::select(positive, V(T(1)), V(T(2)));
      const auto line = simd::ordered_sum(one_or_two, w + w);
      const auto product = simd::product(w, simd::select(positive, w + w, w));
      square = product.hi;
      divisor = simd::ordered_sum(line.hi, product);
      divisor.lo = divisor.lo + line.lo;
    }
    /// r of t = (3 + r) / 4 or w (3 + r) / 4
    [[gnu::always_inline]] V rest() const {
      const V line = simd::fma(w, simd::select(positive, V(T(2)), V(T(-2))), one_or_two);
      return simd::divide(simd::fma(V(T(-3)), square, line), divisor.hi);
    }
    [[gnu::always_inline]] V divisor_squared() const {
      return simd::rounded_product(divisor.hi, {divisor.hi, divisor.lo + divisor.lo});
    }
    [[gnu::always_inline]] V settled(V v) const { return simd::select(positive, v, simd::unlifted(v)); }
  };
};

}  // namespace formula

RECTIFY_ACTIVATION(Mish);

}  // namespace rectify
