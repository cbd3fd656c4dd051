// SiLU, or Swish: x weighted by its sigmoid.
#pragma once

#include <algorithm>
#include <cmath>
#include <rectify/activation.hpp>
#include <rectify/simd/logistic.hpp>

namespace rectify {
namespace formula {

/// The form for beta = 1.
template <class T>
struct PlainSiLU {
  template <class V>
  V value(V x) const {
    const V low = simd::larger(V(simd::ExpTable<T>::least), x);
    const V y = simd::logistic(low).weighted(low);
    return simd::select(x > V(T(std::numeric_limits<T>::digits)), x, y);
  }
  template <class V>
  V derivative(V x) const {
    const V z = simd::exp_magnitude(x);
    const V rest = simd::unlifted(simd::logistic_tail(z).lifted_rest(z));
    return simd::from_tail(x > V(T(0)), rest);
  }
  template <class V>
  V second_derivative(V x) const {
    const V z = simd::exp_magnitude(x);
    const auto tail = simd::logistic_tail(z);
    const V curve = simd::fma(z, simd::fma(V(T(2)), tail.q(), V(T(-1))), V(T(2)));
    return simd::unlifted(tail.lifted_slope() * curve);
  }
};

/// The form for any beta, with beta |x| in two parts: its rounding error would be an error of e^-beta|x|.
template <class T>
struct Swish {
  T beta;
  // For a very small beta, z is so large that it is unlifted before it could overflow.
  bool small = std::abs(beta) < std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon();
  T before = small ? simd::ExpTable<T>::unlift : T(1), after = small ? T(1) : simd::ExpTable<T>::unlift;

  template <class V>
  V value(V x) const {
    const Parts<V> p(*this, x);
    const V lifted = simd::divide(V(before) * p.z, p.tail.divisor.hi);
    const V part = simd::with_sign(p.visible(V(after) * lifted), simd::signed_zero(x));
    return simd::select(p.rising, x - part, part);
  }
  template <class V>
  V derivative(V x) const {
    const Parts<V> p(*this, x);
    const V rest = simd::unlifted(p.visible(p.tail.lifted_rest(p.scaled)));
    return simd::from_tail(p.rising, rest);
  }
  template <class V>
  V second_derivative(V x) const {
    const Parts<V> p(*this, x);
    const V curve = simd::fma(p.scaled.hi, simd::fma(V(T(2)), p.tail.q(), V(T(-1))), V(T(2)));
    return V(beta) * simd::unlifted(p.visible(p.tail.lifted_slope() * curve));
  }

 private:
  template <class V>
  struct Parts {
    decltype(V() > V()) rising, beyond;
    V z;
    simd::Twofold<V> scaled;
    simd::Logistic<V> tail;

    V visible(V v) const { return simd::zero_if(beyond, v); }

    [[gnu::always_inline]] Parts(const Swish& swish, V x) : rising(x * V(swish.beta) > V(T(0))) {
      constexpr T deep = -simd::ExpTable<T>::least;
      const T slope = std::abs(swish.beta), bound = std::min(std::numeric_limits<T>::max(), deep / slope);
      z = simd::bounded_magnitude(x, bound);
      scaled = simd::product(z, V(slope));
      tail = simd::logistic_tail(scaled);
      beyond = simd::magnitude(x) > V(bound);
    }
  };
};

/// f(x)  = x s(beta x), s the sigmoid
/// f'(x) = s(beta x) (1 + beta x (1 - s(beta x)))
///
/// beta: any finite value; default 1, which is SiLU; other values make it Swish.
/// Special values, for beta > 0: f(-inf) = -0 (PyTorch: NaN), f(inf) = inf, f(-0) = -0, f(NaN) = NaN;
/// f'(-inf) = 0, f'(inf) = 1.
/// Accuracy: f within 2 ULP, f' within 4 ULP, float and double, on every instruction set (./dev accuracy).
/// Around its zero at -1.2785 / beta, within two fifths of that, f' is within half an epsilon instead. For
/// |beta| below 2^-32, f may turn to 0 where it is below 2^-182 / beta (double: 2^-1524 / beta).
/// Form: x / (1 + e^-x), the divisor scaled where it would overflow; f' from the tail of |x|, in which
/// nothing cancels. For another beta f goes by the tail, too: max(x, 0) - |x| s(-beta |x|).
/// Source: Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", Neural Networks 2018; Ramachandran,
/// Zoph and Le, "Searching for activation functions", 2017; torch.nn.SiLU, ONNX Swish.
template <class T>
struct SiLU {
  using Scalar = T;
  static constexpr const char* name = "SiLU";
  static constexpr int instructions = 30;

  T beta = T(1);

  template <class Use>
  [[gnu::always_inline]] auto specialise(Use use) const {
    return beta == T(1) ? use(PlainSiLU<T>{}) : use(Swish<T>{beta});
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
  const char* invalid() const { return std::isfinite(beta) ? nullptr : "beta must be finite"; }
};

}  // namespace formula

RECTIFY_ACTIVATION(SiLU);

}  // namespace rectify
