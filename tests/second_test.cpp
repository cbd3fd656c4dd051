// Second derivatives, and formulas whose derivatives come from dual numbers.
#include <cases.hpp>

namespace {

using namespace testing_tools;

/// s = sum(v dx) changes with dy and x as double_backward says.
TEST(DoubleBackward, IsTheGradientOfTheGradient) {
  for_each_case_of<double>([](const auto& act) {
    const ArrayXX<double> x = array(normal_values<double>(151 * 21), 151),
                          dy = array(normal_values<double>(151 * 21, 3), 151),
                          v = array(normal_values<double>(151 * 21, 4), 151);
    ArrayXX<double> gdy, gx, dx;
    act.double_backward(x, dy, v, gdy, gx);
    act.backward(x, v, dx);
    expect_same(gdy, dx);
    ArrayXXRow<double> gx_row;
    act.double_backward(x, dy, v, gdy, gx_row);
    expect_same(gx_row, gx);
    ArrayXX<double> a = x, b = v;
    act.double_backward(a, dy, b, b, a);
    expect_same(b, gdy);
    expect_same(a, gx);
    if (!act.traits.rectifier) expect_same(gx, ArrayXX<double>(v * dy * act.lazy_second_derivative(x)));
  });
}

TEST(DoubleBackward, PReLU) {
  const ArrayXX<double> x = array(normal_values<double>(60), 6), dy = array(normal_values<double>(60, 3), 6),
                        v = array(normal_values<double>(60, 4), 6);
  for (int axis : {0, 1}) {
    rectify::PReLU<double> prelu(axis == 0 ? 6 : 10, axis);
    prelu.alpha = ArrayX<double>::LinSpaced(prelu.channels(), -0.5, 0.5);
    const auto sum = [&] {
      ArrayXX<double> dx;
      ArrayX<double> dalpha;
      prelu.backward(x, dy, dx, dalpha);
      return (v * dx).sum();
    };
    ArrayXX<double> gdy, gx;
    ArrayX<double> galpha, dalpha;
    prelu.double_backward(x, dy, v, gdy, gx, galpha);
    EXPECT_TRUE((gx == 0).all());
    ArrayXX<double> expected;
    prelu.backward(x, v, expected, dalpha);
    expect_same(gdy, expected);
    for (Eigen::Index c = 0; c < prelu.channels(); ++c) {
      const double h = 1e-3, start = prelu.alpha[c], before = sum();
      prelu.alpha[c] = start + h;
      EXPECT_NEAR(galpha[c], (sum() - before) / h, 1e-10);
      prelu.alpha[c] = start;
    }
    ArrayXX<double> a = x, b = v;
    prelu.double_backward(a, dy, b, b, a, dalpha);
    expect_same(b, gdy);
    expect_same(a, gx);
    expect_same(dalpha, galpha);
    ArrayXXRow<double> gdy_row;
    prelu.double_backward(x, ArrayXXRow<double>(dy), v, gdy_row, gx, dalpha);
    expect_same(ArrayXX<double>(gdy_row), gdy);
    EXPECT_TRUE(dalpha.isApprox(galpha, 1e-14));
  }
}

struct OwnSiLU {
  template <class V>
  V value(V x) const {
    return x / (V(1.0f) + exp(-x));
  }
};
struct OwnSoftplus {
  using Scalar = double;
  double beta;
  template <class V>
  V value(V x) const {
    return log1p(exp(beta * x)) / V(beta);
  }
};
struct OwnELU {
  using Scalar = double;
  template <class V>
  V value(V x) const {
    return select(x > V(0.0), x, expm1(min(x, V(0.0))));
  }
};
struct OwnMixture {
  using Scalar = double;
  template <class V>
  V value(V x) const {
    V y = tanh(x) * sqrt(x * x + V(1.0));
    y += sin(x) * cos(x) - erf(x) / (V(2.0) + abs(x));
    return y * log(V(2.0) + max(x, V(-1.0)));
  }
};

template <class Act>
void expect_gradients(const Act& act, double tolerance) {
  for (double x : normal_values<double>(100)) {
    const double h = 1e-5;
    if (std::abs(x) < 1e-3 || std::abs(x + 1) < 1e-3) continue;
    EXPECT_NEAR(act.derivative(x), (act(x + h) - act(x - h)) / (2 * h), tolerance) << x;
    EXPECT_NEAR(act.second_derivative(x), (act.derivative(x + h) - act.derivative(x - h)) / (2 * h),
                tolerance)
        << x;
  }
}

TEST(OwnFormula, DerivativesByDualNumbers) {
  const rectify::Activation<OwnSiLU> own;
  const rectify::SiLU<float> silu;
  const Eigen::ArrayXXf x = array(normal_values<float>(350), 35),
                        dy = array(normal_values<float>(350, 3), 35);
  Eigen::ArrayXXf y, dx, expected;
  own.forward(x, y);
  silu.forward(x, expected);
  EXPECT_LT((y - expected).abs().maxCoeff(), 2e-6f);
  own.backward(x, dy, dx);
  silu.backward(x, dy, expected);
  EXPECT_LT((dx - expected).abs().maxCoeff(), 5e-6f);
  expect_same(Eigen::ArrayXXf(own(x)), y);
  expect_same(Eigen::ArrayXXf(dy * own.derivative(x)), dx);
  EXPECT_NEAR(own.gain(), silu.gain(), 1e-5);

  expect_gradients(rectify::Activation<OwnSoftplus>(1.5), 1e-8);
  expect_gradients(rectify::Activation<OwnELU>(), 1e-8);
  expect_gradients(rectify::Activation<OwnMixture>(), 1e-7);
}

}  // namespace
