// Every entry point gives the reference's bits: scalar, expression, kernel body and tail, strided, mixed
// order.
#include <accuracy.hpp>
#include <cases.hpp>

namespace {

using namespace testing_tools;

TEST(Value, ScalarCallsMatchReference) {
  for_each_case([](const auto& act, auto t) {
    using T = decltype(t);
    const auto& bounds = act.accuracy.template of<T>();
    for (T scale : act.scales)
      for (T x : inputs<T>(2000)) {
        x *= scale;
        const auto f = act.f(x), df = act.df(x);
        ASSERT_LE(accuracy::error_in_ulp(act(x), f), bounds.value) << "f at " << x << ": " << act(x);
        ASSERT_TRUE(f != 0 || std::signbit(act(x)) == std::signbit(f)) << "the zero at " << x;
        if (std::isnan(x)) continue;
        ASSERT_LE(accuracy::derivative_error(act, x, act.derivative(x), df), bounds.derivative)
            << "f' at " << x;
      }
  });
}

/// A formula is written once, for a number and for a vector.
TEST(Value, FormulasOnNumbers) {
  for_each_case([](const auto& act, auto t) {
    using T = decltype(t);
    for (T x : inputs<T>(2000)) {
      const auto [value, derivative, second_derivative] = act.on_number(x);
      ASSERT_PRED2(same<T>, value, act(x)) << x;
      ASSERT_PRED2(same<T>, derivative, act.derivative(x)) << x;
      ASSERT_PRED2(same<T>, second_derivative, act.second_derivative(x)) << x;
    }
  });
}

/// Rectifiers and their like are correctly rounded in double too, where the reference is rounded twice.
TEST(Value, LeakyReLUIsOneProduct) {
  for_each_scalar([](auto t) {
    using T = decltype(t);
    for (T alpha : {T(0.01), T(1), T(-0.5), T(3)}) {
      const rectify::LeakyReLU<T> act(alpha);
      for (T x : inputs<T>(1000)) {
        ASSERT_PRED2(same<T>, act(x), x > 0 ? x : alpha * x) << x;
        ASSERT_PRED2(same<T>, act.derivative(x), x > 0 ? T(1) : alpha) << x;
      }
    }
  });
}

TEST(Value, ForwardAndBackward) {
  for_each_case([](const auto& act, auto t) {
    using T = decltype(t);
    const ArrayXX<T> x = array(inputs<T>(37 * 30), 37), dy = array(inputs<T>(37 * 30, 3), 37);
    ArrayXX<T> y, dx;
    act.forward(x, y);
    expect_same(y, values(act, x));
    act.backward(x, dy, dx);
    expect_same(dx, gradients(act.traits, act, x, dy));
    expect_same(act.lazy(x), y);
    expect_same(act.lazy_derivative(x), slopes(act, x));
    using Fixed = Eigen::Array<T, 7, 1>;
    const Fixed head = x.col(0).template head<7>();
    expect_same(act.lazy(head), y.col(0).template head<7>().eval());
  });
}

TEST(Value, FromOutputAgreesWithFromInput) {
  for_each_case([](const auto& act, auto t) {
    using T = decltype(t);
    if (!act.traits.from_output) return;
    const ArrayXX<T> x = array(inputs<T>(1000), 10), dy = array(inputs<T>(1000, 3), 10);
    ArrayXX<T> y, dx, from_output;
    act.forward(x, y);
    act.backward(x, dy, dx);
    act.backward_from_output(y, dy, from_output);
    if (act.traits.exact_zero && act.name != "SquaredReLU") {  // y is x, or tells the branch
      expect_same(from_output, dx);
      return;
    }
    // y has lost what f' needs where f is flat, so the error is one of the largest f'.
    const T largest = std::max(T(1), act.derivative(T(0)));
    for (Eigen::Index i = 0; i < x.size(); ++i)
      if (std::isfinite(x.data()[i]) && std::isfinite(dy.data()[i]) && std::isfinite(dx.data()[i])) {
        const T scale = largest * std::abs(dy.data()[i]) + std::abs(dx.data()[i]);
        ASSERT_LE(std::abs(from_output.data()[i] - dx.data()[i]),
                  4 * std::numeric_limits<T>::epsilon() * scale)
            << x.data()[i];
      }
  });
}

TEST(Value, LeakyReLUWithSlopeZeroIsReLU) {
  for_each_scalar([](auto t) {
    using T = decltype(t);
    const rectify::ReLU<T> relu;
    const ArrayXX<T> x = array(inputs<T>(1000), 10), dy = array(inputs<T>(1000, 3), 10);
    for (T zero : {T(0), T(-0.0)}) {
      const rectify::LeakyReLU<T> leaky(zero);
      ArrayXX<T> a, b;
      relu.forward(x, a);
      leaky.forward(x, b);
      expect_same(a, b);
      b = leaky(x);
      expect_same(a, b);
      relu.backward(x, dy, a);
      leaky.backward(x, dy, b);
      expect_same(a, b);
      a = relu.derivative(x);
      b = leaky.derivative(x);
      expect_same(a, b);
      EXPECT_SAME(leaky(-std::numeric_limits<T>::infinity()), T(0));
      EXPECT_SAME(leaky(T(-0.0)), T(-0.0));
    }
  });
}

TEST(Value, Gain) {
  EXPECT_DOUBLE_EQ(rectify::ReLU<float>().gain(), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(rectify::LeakyReLU<double>(0.2).gain(), std::sqrt(2 / 1.04));
  EXPECT_DOUBLE_EQ(rectify::PReLU<double>(3).gain(), std::sqrt(2 / 1.0625));
  EXPECT_DOUBLE_EQ(rectify::Sigmoid<float>().gain(), 1);
  EXPECT_DOUBLE_EQ(rectify::Tanh<float>().gain(), 5.0 / 3);
  EXPECT_DOUBLE_EQ(rectify::SELU<float>().gain(), 0.75);
  // The general rule: E f(x)^2 for x ~ N(0, 1) in closed form.
  EXPECT_NEAR(rectify::SquaredReLU<double>().gain(), std::sqrt(2.0 / 3), 1e-3);
  const double density = std::exp(-0.5) * std::sqrt(2 / std::acos(-1.0));
  EXPECT_NEAR(rectify::HardTanh<double>().gain(), 1 / std::sqrt(1 - density), 1e-3);
}

}  // namespace
