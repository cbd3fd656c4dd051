// Activation: a formula with every public call on Eigen objects. Wrap your own formula in it, too.
#pragma once

#include <rectify/eigen/apply.hpp>
#include <rectify/eigen/expression.hpp>
#include <rectify/eigen/masked.hpp>
#include <rectify/kernels/formula.hpp>

namespace rectify {

/// An element-wise activation: the formula's parameters, and the calls.
///
/// Arguments: x, y, dy and dx are dense Eigen objects with any strides, or tensors of rank 1 to 8 (with
/// <rectify/rectify.hpp>), of one shape and one element type; rows and columns may be major in one and minor
/// in another. Scalar is the arithmetic type and, but for half precision, the element type.
///
/// Aliasing: an output may be exactly one of the inputs; sharing only some elements throws.
/// Memory: an output that owns its memory is resized; an input that is an expression is evaluated to a
/// temporary (write `y = act(expression)` to fuse instead); nothing else allocates.
/// Errors: std::invalid_argument before anything is written; where exceptions are off, stderr and abort.
/// Devices: Eigen::DefaultDevice or Eigen::ThreadPoolDevice; the result does not depend on it.
template <class Formula, class Scalar_ = typename kernels::formula_scalar<Formula>::type>
class Activation : public Formula {
 public:
  using Scalar = Scalar_;
  static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                "rectify: an activation's Scalar is float or double; half precision is a storage type");

  Activation() = default;
  /// The formula's parameters, in its own order.
  template <class First, class... More, class = std::enable_if_t<!std::is_base_of_v<Activation, First>>>
  explicit Activation(First first, More... more)
      : Formula{static_cast<Scalar>(first), static_cast<Scalar>(more)...} {
    check_parameters(name());
  }

  explicit Activation(const Formula& formula) : Formula(formula) { check_parameters(name()); }

  const Formula& formula() const { return *this; }

  /// f(v) of a scalar.
  Scalar operator()(Scalar v) const { return eigen::Value::on_scalar(formula(), v); }
  /// f(v) of an Eigen expression: itself an expression, vectorised, fused into its assignment.
  template <class Expression, class = std::enable_if_t<eigen::access_t<Expression>::known>>
  auto operator()(const Expression& v) const {
    return as_expression<eigen::Value>(v);
  }

  /// f'(v) of a scalar.
  Scalar derivative(Scalar v) const { return eigen::Derivative::on_scalar(formula(), v); }
  /// f'(v) of an Eigen expression.
  template <class Expression, class = std::enable_if_t<eigen::access_t<Expression>::known>>
  auto derivative(const Expression& v) const {
    return as_expression<eigen::Derivative>(v);
  }

  /// f''(v) of a scalar.
  Scalar second_derivative(Scalar v) const { return eigen::SecondDerivative::on_scalar(formula(), v); }
  /// f''(v) of an Eigen expression.
  template <class Expression, class = std::enable_if_t<eigen::access_t<Expression>::known>>
  auto second_derivative(const Expression& v) const {
    return as_expression<eigen::SecondDerivative>(v);
  }

  /// y = f(x)
  template <class X, class Y, class Device = parallel::Serial,
            class = std::enable_if_t<!std::is_same_v<Device, SignMask>>>
  void forward(const X& x, Y&& y, const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, Y, X>()) {
      check_parameters("forward");
      eigen::apply(call("forward"), device, kernels::function<kernels::CallValue>(formula()),
                   eigen::named("y", y), eigen::named("x", x));
    }
  }

  /// dx = dy f'(x)
  template <class X, class DY, class DX, class Device = parallel::Serial,
            class = std::enable_if_t<!std::is_same_v<X, SignMask>>>
  void backward(const X& x, const DY& dy, DX&& dx, const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, DX, X, DY>()) {
      check_parameters("backward");
      eigen::apply(call("backward"), device, kernels::function<kernels::CallBackward>(formula()),
                   eigen::named("dx", dx), eigen::named("x", x), eigen::named("dy", dy));
    }
  }

  /// dx = dy f'(x), from y = f(x), where f' follows from y.
  template <class Y, class DY, class DX, class Device = parallel::Serial>
  void backward_from_output(const Y& y, const DY& dy, DX&& dx, const Device& device = {}) const {
    constexpr bool follows = kernels::follows_from_output<Formula, Scalar>;
    static_assert(follows, "rectify: the derivative of this activation does not follow from its output");
    if constexpr (follows && eigen::check_types<Scalar, DX, Y, DY>()) {
      check_parameters("backward_from_output");
      if constexpr (kernels::has_invalid_from_output<Formula, void()>::value)
        if (const char* problem = formula().invalid_from_output())
          eigen::fail(call("backward_from_output"), problem);
      eigen::apply(call("backward_from_output"), device,
                   kernels::function<kernels::CallBackwardFromOutput>(formula()), eigen::named("dx", dx),
                   eigen::named("y", y), eigen::named("dy", dy));
    }
  }

  /// gdy = v f'(x), gx = v dy f''(x): the gradient of sum(v dx), dx = dy f'(x), with respect to dy and x. The
  /// outputs share no memory; each may be one of the inputs.
  template <class X, class DY, class Vector, class GDY, class GX, class Device = parallel::Serial>
  void double_backward(const X& x, const DY& dy, const Vector& v, GDY&& gdy, GX&& gx,
                       const Device& device = {}) const {
    if constexpr (eigen::check_types<Scalar, GDY, X, DY, Vector>() && eigen::check_types<Scalar, GX, X>()) {
      check_parameters("double_backward");
      eigen::apply_two(call("double_backward"), device,
                       kernels::function<kernels::CallDoubleBackward>(formula()), eigen::named("gdy", gdy),
                       eigen::named("gx", gx), eigen::named("x", x), eigen::named("dy", dy),
                       eigen::named("v", v));
    }
  }

  /// Recommended gain for weight initialisation: the formula's own, or by the criterion of He et al. 2015.
  double gain() const {
    if constexpr (kernels::has_gain<Formula, void()>::value)
      return formula().gain();
    else
      return kernels::moment_gain<Scalar>(*this);
  }

  /// y = f(x); mask keeps where x > 0. Rectifiers only.
  template <class X, class Y, class Device = parallel::Serial>
  void forward(const X& x, Y&& y, SignMask& mask, const Device& device = {}) const {
    if constexpr (check_rectifier() && eigen::check_types<Scalar, Y, X>()) {
      check_parameters("forward");
      eigen::apply_to_mask(call("forward"), device, kernels::function<kernels::CallValue>(formula()),
                           eigen::named("y", y), eigen::named("x", x), mask);
    }
  }

  /// dx = dy f'(x), from the mask alone, whatever the sign of alpha. Rectifiers only.
  template <class DY, class DX, class Device = parallel::Serial>
  void backward(const SignMask& mask, const DY& dy, DX&& dx, const Device& device = {}) const {
    if constexpr (check_rectifier() && eigen::check_types<Scalar, DX, DY>()) {
      check_parameters("backward");
      eigen::apply_from_mask(call("backward"), device, kernels::function<kernels::CallGate>(formula()),
                             eigen::named("dx", dx), mask, eigen::named("dy", dy));
    }
  }

 private:
  template <class F, class = void>
  struct has_name : std::false_type {};
  template <class F>
  struct has_name<F, std::void_t<decltype(F::name)>> : std::true_type {};
  static constexpr const char* name() {
    if constexpr (has_name<Formula>::value)
      return Formula::name;
    else
      return "Activation";
  }
  static constexpr eigen::Call call(const char* function) { return {name(), function}; }

  void check_parameters(const char* function) const {
    if constexpr (kernels::has_invalid<Formula, void()>::value)
      if (const char* problem = formula().invalid()) eigen::fail(call(function), problem);
  }
  static constexpr bool check_rectifier() {
    constexpr bool rectifier = kernels::is_rectifier<Formula, Scalar>;
    static_assert(rectifier, "rectify: only rectifiers (ReLU, LeakyReLU) work from a SignMask");
    return rectifier;
  }
  template <class Op, class Expression>
  auto as_expression(const Expression& v) const {
    constexpr bool scalars = eigen::is_input<Expression, Scalar>();
    static_assert(scalars, "rectify: the expression's element type is not the activation's Scalar");
    if constexpr (scalars)
      return lazy(eigen::Functor<Op, Formula, eigen::element_t<Expression>>{formula()}, v);
    else
      return v;  // so that the sentence above is the only error
  }
};

}  // namespace rectify

/// Makes rectify::Name<Scalar> of rectify::formula::Name<Scalar>.
#define RECTIFY_ACTIVATION(Name)                          \
  template <class Scalar = float>                         \
  class Name : public Activation<formula::Name<Scalar>> { \
   public:                                                \
    using Activation<formula::Name<Scalar>>::Activation;  \
  };                                                      \
  template <class Scalar, class... More>                  \
  Name(Scalar, More...)->Name<Scalar>
