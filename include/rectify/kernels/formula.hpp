// What the loops ask of a formula, and what stands in for the parts that a formula may leave out.
#pragma once

#include <algorithm>
#include <cmath>
#include <rectify/simd/dual.hpp>
#include <rectify/simd/sign.hpp>
#include <utility>

namespace rectify::kernels {

/// About how many instructions f takes of a vector, f' too: for Eigen's cost model, and for the loop.
template <class F, class = void>
struct instructions : std::integral_constant<int, 8> {};
template <class F>
struct instructions<F, std::void_t<decltype(F::instructions)>>
    : std::integral_constant<int, F::instructions> {};

/// The same of f' from y, which seldom takes an exponential.
template <class F, class = void>
struct instructions_from_output : std::integral_constant<int, std::min(8, instructions<F>::value)> {};
template <class F>
struct instructions_from_output<F, std::void_t<decltype(F::instructions_from_output)>>
    : std::integral_constant<int, F::instructions_from_output> {};

/// A function that says of itself what a formula says.
template <class Formula, class F>
struct Counted : F {
  static constexpr int instructions = kernels::instructions<Formula>::value;
};
template <class Formula, class F>
constexpr Counted<Formula, F> counted(F f) {
  return {f};
}

/// A formula's own Scalar, or float for one that names none.
template <class Formula, class = void>
struct formula_scalar {
  using type = float;
};
template <class Formula>
struct formula_scalar<Formula, std::void_t<typename Formula::Scalar>> {
  using type = typename Formula::Scalar;
};

/// Whether a formula has a member, callable with such arguments.
#define RECTIFY_HAS_MEMBER(member)                                                                         \
  template <class Formula, class Arguments, class = void>                                                  \
  struct has_##member : std::false_type {};                                                                \
  template <class Formula, class... In>                                                                    \
  struct has_##member<Formula, void(In...),                                                                \
                      std::void_t<decltype(std::declval<const Formula&>().member(std::declval<In>()...))>> \
      : std::true_type {}
RECTIFY_HAS_MEMBER(derivative);
RECTIFY_HAS_MEMBER(second_derivative);
RECTIFY_HAS_MEMBER(backward);
RECTIFY_HAS_MEMBER(derivative_from_output);
RECTIFY_HAS_MEMBER(backward_from_output);
RECTIFY_HAS_MEMBER(gate);
RECTIFY_HAS_MEMBER(specialise);
RECTIFY_HAS_MEMBER(gain);
RECTIFY_HAS_MEMBER(invalid);
RECTIFY_HAS_MEMBER(invalid_from_output);
#undef RECTIFY_HAS_MEMBER

/// A rectifier: dx depends on x through its sign alone.
template <class Formula, class T>
constexpr bool is_rectifier = has_gate<Formula, void(bool, T)>::value;

template <class Formula, class T>
constexpr bool follows_from_output =
    is_rectifier<Formula, T> || has_derivative_from_output<Formula, void(T)>::value ||
    has_backward_from_output<Formula, void(T, T)>::value;

struct AnyUse {
  template <class Form>
  void operator()(const Form&) const {}
};

/// Calls use with the form of the formula that is cheapest for its parameters.
template <class Formula, class Use>
[[gnu::always_inline]] inline auto with_form(const Formula& formula, Use use) {
  if constexpr (has_specialise<Formula, void(AnyUse)>::value)
    return formula.specialise(use);
  else
    return use(formula);
}

/// f'(x), by the formula's own derivative, or by dual numbers through its value.
template <class Formula, class V>
V derivative(const Formula& formula, V x) {
  using T = simd::scalar_t<V>;
  if constexpr (has_derivative<Formula, void(V)>::value)
    return formula.derivative(x);
  else if constexpr (has_backward<Formula, void(V, V)>::value)
    return formula.backward(x, V(T(1)));
  else if constexpr (is_rectifier<Formula, T>)
    return formula.gate(simd::not_positive(x), V(T(1)));
  else
    return formula.value(dual::variable(x)).slope;
}

/// f''(x)
template <class Formula, class V>
V second_derivative(const Formula& formula, V x) {
  using T = simd::scalar_t<V>;
  if constexpr (has_second_derivative<Formula, void(V)>::value)
    return formula.second_derivative(x);
  else if constexpr (is_rectifier<Formula, T>)
    return V(T(0));
  else
    return kernels::derivative(formula, dual::variable(x)).slope;
}

/// dx = dy f'(x)
template <class Formula, class V>
V backward(const Formula& formula, V x, V dy) {
  using T = simd::scalar_t<V>;
  if constexpr (is_rectifier<Formula, T>)
    return formula.gate(simd::not_positive(x), dy);
  else if constexpr (has_backward<Formula, void(V, V)>::value)
    return formula.backward(x, dy);
  else
    return dy * kernels::derivative(formula, x);
}

/// gx = v dy f''(x)
template <class Formula, class V>
V double_backward(const Formula& formula, V x, V dy, V v) {
  using T = simd::scalar_t<V>;
  if constexpr (is_rectifier<Formula, T>)
    return V(T(0));
  else
    return v * dy * kernels::second_derivative(formula, x);
}

/// dx = dy f'(x), from y = f(x)
template <class Formula, class V>
V backward_from_output(const Formula& formula, V y, V dy) {
  using T = simd::scalar_t<V>;
  if constexpr (is_rectifier<Formula, T>)
    return formula.gate(simd::not_positive(y), dy);
  else if constexpr (has_backward_from_output<Formula, void(V, V)>::value)
    return formula.backward_from_output(y, dy);
  else
    return dy * formula.derivative_from_output(y);
}

// What the loops call. The types depend on the formula alone, not on the arguments of a call, so that calls
// with other Eigen types share one loop.

struct CallValue {
  template <class Form, class V>
  V operator()(const Form& form, V x) const {
    return form.value(x);
  }
};
struct CallBackward {
  template <class Form, class V>
  V operator()(const Form& form, V x, V dy) const {
    return kernels::backward(form, x, dy);
  }
};
struct CallBackwardFromOutput {
  template <class Form, class V>
  V operator()(const Form& form, V y, V dy) const {
    return kernels::backward_from_output(form, y, dy);
  }
};
struct CallDoubleBackward {
  template <class Form, class V>
  std::pair<V, V> operator()(const Form& form, V x, V dy, V v) const {
    return {kernels::backward(form, x, v), kernels::double_backward(form, x, dy, v)};
  }
};
struct CallGate {
  template <class Form, class Mask, class V>
  V operator()(const Form& form, Mask not_positive, V dy) const {
    return form.gate(not_positive, dy);
  }
};

/// A call of a formula in one of its forms.
template <class Call, class Formula, class Form = Formula>
struct Function {
  static constexpr int instructions = std::is_same_v<Call, CallBackwardFromOutput>
                                          ? instructions_from_output<Formula>::value
                                          : kernels::instructions<Formula>::value;

  Form form;

  template <class... In>
  auto operator()(In... in) const {
    return Call()(form, in...);
  }
  template <class Use>
  [[gnu::always_inline]] auto specialise(Use use) const {
    return kernels::with_form(
        form, [&](auto cheapest) { return use(Function<Call, Formula, decltype(cheapest)>{cheapest}); });
  }
};
template <class Call, class Formula>
Function<Call, Formula> function(const Formula& formula) {
  return {formula};
}

/// f of a number, computed in a vector, since a formula may call functions that differ for scalars.
template <class T, class F>
T on_vector(T x, F f) {
  using V = xsimd::batch<T>;
  T lanes[V::size];
  V(f(V(x))).store_unaligned(lanes);
  return lanes[0];
}

/// The gain that keeps the second moment of a standard normal x, 1 / sqrt(E f(x)^2): He et al. 2015, who have
/// it for rectifiers, for any f. By the trapezoidal rule, in which kinks count for 1e-4.
template <class T, class F>
double moment_gain(F f) {
  constexpr int steps = 1 << 12;
  constexpr double bound = 10, step = 2 * bound / steps;
  double moment = 0;
  for (int i = 0; i <= steps; ++i) {
    const double x = i * step - bound;
    const double y = static_cast<double>(f(static_cast<T>(x)));
    moment += y * y * std::exp(-x * x / 2) * step * 0.3989422804014327;
  }
  return 1 / std::sqrt(moment);
}

}  // namespace rectify::kernels
