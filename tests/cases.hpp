// The activations of the table behind one interface, so that a test of all of them is compiled once, not for
// each.
#pragma once

#include <memory>
#include <testing.hpp>

namespace testing_tools {

/// An activation as it is called, and its reference.
template <class T>
struct Case {
  using Array = ArrayXX<T>;
  using Fixed = Eigen::Array<T, 7, 1>;
  using Exact = reference::Reference<T>;

  std::string name;
  op_table::Traits traits;
  op_table::Accuracy accuracy;
  /// Factors of inputs by which they reach what a parameter scales.
  std::vector<T> scales;

  virtual ~Case() = default;
  virtual Exact f(T x) const = 0;
  virtual Exact df(T x) const = 0;

  virtual T operator()(T x) const = 0;
  virtual T derivative(T x) const = 0;
  virtual T second_derivative(T x) const = 0;
  /// The same by the formula on a number, instead of a vector.
  virtual std::array<T, 3> on_number(T x) const = 0;

  virtual Array lazy(const Array& x) const = 0;
  virtual Fixed lazy(const Fixed& x) const = 0;
  virtual Array lazy_derivative(const Array& x) const = 0;
  virtual Array lazy_second_derivative(const Array& x) const = 0;

  virtual void forward(const Array& x, Array& y) const = 0;
  virtual void backward(const Array& x, const Array& dy, Array& dx) const = 0;
  /// Where traits.from_output.
  virtual void backward_from_output(const Array& y, const Array& dy, Array& dx) const = 0;
  virtual void double_backward(const Array& x, const Array& dy, const Array& v, Array& gdy,
                               Array& gx) const = 0;
  virtual void double_backward(const Array& x, const Array& dy, const Array& v, Array& gdy,
                               ArrayXXRow<T>& gx) const = 0;
};

/// All activations of the table, with parameters that take each of their forms.
template <class T>
const std::vector<std::unique_ptr<const Case<T>>>& cases();

/// Calls visit(act) for each of them.
template <class T, class Visit>
void for_each_case_of(Visit visit) {
  for (const auto& act : cases<T>()) {
    SCOPED_TRACE(act->name + (sizeof(T) == 4 ? " float" : " double"));
    visit(*act);
  }
}
/// The same for float, then for double: visit(act, T()).
template <class Visit>
void for_each_case(Visit visit) {
  for_each_scalar([&](auto t) { for_each_case_of<decltype(t)>([&](const auto& act) { visit(act, t); }); });
}

}  // namespace testing_tools
