// The calls that cases.hpp has of every activation.
#include <cases.hpp>

namespace testing_tools {
namespace {

template <class Op, class T>
class CaseOf final : public Case<T> {
 public:
  using Array = ArrayXX<T>;
  using Fixed = typename Case<T>::Fixed;
  using Exact = typename Case<T>::Exact;
  using Act = decltype(std::declval<Op>().template make<T>());

  explicit CaseOf(const Op& op) : op_(op), act_(op.template make<T>()) {
    this->name = op.name;
    this->traits = op.traits;
    this->accuracy = op.accuracy;
    this->scales = op.template scales<T>();
  }

  Exact f(T x) const override { return op_.f(x); }
  Exact df(T x) const override { return op_.df(x); }

  T operator()(T x) const override { return act_(x); }
  T derivative(T x) const override { return act_.derivative(x); }
  T second_derivative(T x) const override { return act_.second_derivative(x); }
  std::array<T, 3> on_number(T x) const override {
    const auto& formula = act_.formula();
    return {formula.value(x), rectify::kernels::derivative(formula, x),
            rectify::kernels::second_derivative(formula, x)};
  }

  Array lazy(const Array& x) const override { return act_(x); }
  Fixed lazy(const Fixed& x) const override { return act_(x); }
  Array lazy_derivative(const Array& x) const override { return act_.derivative(x); }
  Array lazy_second_derivative(const Array& x) const override { return act_.second_derivative(x); }

  void forward(const Array& x, Array& y) const override { act_.forward(x, y); }
  void backward(const Array& x, const Array& dy, Array& dx) const override { act_.backward(x, dy, dx); }
  void backward_from_output(const Array& y, const Array& dy, Array& dx) const override {
    if constexpr (rectify::kernels::follows_from_output<formula_t<Act>, T>)
      act_.backward_from_output(y, dy, dx);
    else
      ADD_FAILURE() << "f' does not follow from y";
  }
  void double_backward(const Array& x, const Array& dy, const Array& v, Array& gdy,
                       Array& gx) const override {
    double_backward_to(x, dy, v, gdy, gx);
  }
  void double_backward(const Array& x, const Array& dy, const Array& v, Array& gdy,
                       ArrayXXRow<T>& gx) const override {
    double_backward_to(x, dy, v, gdy, gx);
  }

 private:
  template <class GX>
  void double_backward_to(const Array& x, const Array& dy, const Array& v, Array& gdy, GX& gx) const {
    if constexpr (std::is_same_v<T, double>)
      act_.double_backward(x, dy, v, gdy, gx);
    else
      ADD_FAILURE() << "in double alone, for the time it takes to compile";
  }

  Op op_;
  Act act_;
};

}  // namespace

template <class T>
const std::vector<std::unique_ptr<const Case<T>>>& cases() {
  static const auto all = [] {
    std::vector<std::unique_ptr<const Case<T>>> list;
    op_table::for_each_op(
        [&](const auto& op) { list.push_back(std::make_unique<CaseOf<std::decay_t<decltype(op)>, T>>(op)); });
    return list;
  }();
  return all;
}
template const std::vector<std::unique_ptr<const Case<float>>>& cases<float>();
template const std::vector<std::unique_ptr<const Case<double>>>& cases<double>();

}  // namespace testing_tools
