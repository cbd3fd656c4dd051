// Leaky ReLU: x where x is positive, a fixed fraction of it elsewhere.
#pragma once

#include <cmath>
#include <limits>
#include <rectify/activations/relu.hpp>
#include <rectify/simd/arithmetic.hpp>

namespace rectify {
namespace formula {

/// The form for any alpha but 0.
template <class T>
struct ScaledLeakyReLU {
  T alpha;

  template <class V>
  V value(V x) const {
    return simd::scale_if(simd::not_positive(x), x, V(alpha));
  }
  template <class Mask, class V>
  V gate(Mask not_positive, V dy) const {
    return simd::scale_if(not_positive, dy, V(alpha));
  }
};

/// For alpha <= 1, but for 0, a maximum is exact: equal operands and NaN give the second one, the product.
template <class T>
struct GentleLeakyReLU : ScaledLeakyReLU<T> {
  template <class V>
  V value(V x) const {
    return simd::larger(x, V(this->alpha) * x);
  }
};

/// f(x)  = x > 0 ? x : alpha x
/// f'(x) = x > 0 ? 1 : alpha
///
/// alpha: any finite value, negative, 0 or above 1 included; default 0.01.
/// Special values: f(NaN) = NaN, f(-0) = -0 for alpha > 0; f'(0) = f'(NaN) = alpha. alpha = 0 is ReLU bit
/// for bit: f(-inf) = +0, and dx = +0 where x is not positive.
/// Accuracy: correctly rounded, the same bits on every instruction set (tests/exhaustive_test.cpp).
/// From the output: for alpha >= 0; a negative alpha throws, since the sign of x is lost.
/// Form: max(x, alpha x) where alpha <= 1, else one masked product, chosen once per call.
/// Source: Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", ICML
/// 2013; torch.nn.LeakyReLU, ONNX LeakyRelu.
template <class T>
struct LeakyReLU {
  using Scalar = T;
  static constexpr const char* name = "LeakyReLU";
  static constexpr int instructions = 4;

  T alpha = T(0.01);

  /// Calls use with the cheapest form that is exact for this alpha.
  template <class Use>
  [[gnu::always_inline]] auto specialise(Use use) const {
    if (alpha == T(0)) return use(ReLU<T>{});
    if (alpha <= T(1)) return use(GentleLeakyReLU<T>{{alpha}});
    return use(ScaledLeakyReLU<T>{alpha});
  }
  // Lazy expressions choose a form for each vector: hence one test, of bits, for what is likely, and one form
  // for all the rest. For alpha = 0 it multiplies +0 or -0, whatever x is.
  template <class V>
  V value(V x) const {
    using Bits = simd::integer_t<T>;
    const bool likely = simd::bits_as<Bits>(alpha) - 1 < simd::bits_as<Bits>(T(1));  // 0 < alpha <= 1
    if (__builtin_expect(likely, 1)) return GentleLeakyReLU<T>{{alpha}}.value(x);
    const T least = alpha == T(0) ? T(0) : -std::numeric_limits<T>::infinity();
    return ScaledLeakyReLU<T>{alpha + T(0)}.value(simd::larger(V(least), x));
  }
  template <class V>
  V derivative(V x) const {
    return ScaledLeakyReLU<T>{alpha + T(0)}.gate(simd::not_positive(x), V(T(1)));  // not -0
  }
  /// dx, given where x is not positive.
  template <class Mask, class V>
  V gate(Mask not_positive, V dy) const {
    return specialise([=](auto form) { return form.gate(not_positive, dy); });
  }
  /// He et al. 2015.
  double gain() const { return std::sqrt(2 / (1 + double(alpha) * double(alpha))); }

  const char* invalid() const { return std::isfinite(alpha) ? nullptr : "alpha must be finite"; }
  const char* invalid_from_output() const {
    return alpha >= T(0) ? nullptr : "alpha must not be negative, because then y does not tell the sign of x";
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(LeakyReLU);

}  // namespace rectify
