// Gated activations: separate and packed, along every axis, and their gradients by finite differences.
#include <testing.hpp>

namespace {

using namespace testing_tools;

/// Calls visit(gated, g, gate is the first half of packed arrays) for each form.
template <class T, class Visit>
void for_each_gated(Visit visit) {
  visit(rectify::GLU<T>(), rectify::Sigmoid<T>(), false);
  visit(rectify::ReGLU<T>(), rectify::ReLU<T>(), false);
  visit(rectify::GEGLU<T>(), rectify::GELU<T>(), false);
  visit(rectify::SwiGLU<T>(), rectify::SiLU<T>(), true);
  visit(rectify::GLU<T>(rectify::Half::first), rectify::Sigmoid<T>(), true);
}

TEST(Gated, SeparateArrays) {
  for_each_scalar([](auto t) {
    using T = decltype(t);
    for_each_gated<T>([](const auto& gated, const auto& g, bool) {
      const ArrayXX<T> gate = array(normal_values<T>(35 * 20), 35),
                       up = array(normal_values<T>(35 * 20, 3), 35),
                       dy = array(normal_values<T>(35 * 20, 4), 35);
      ArrayXX<T> y, dgate, dup;
      gated.forward(gate, up, y);
      expect_same(y, ArrayXX<T>(g(gate) * up));
      gated.backward(gate, up, dy, dgate, dup);
      ArrayXX<T> expected;
      g.backward(gate, ArrayXX<T>(dy * up), expected);
      expect_same(dgate, expected);
      expect_same(dup, ArrayXX<T>(dy * g(gate)));
      ArrayXX<T> a = gate, b = up;
      gated.backward(a, b, dy, a, b);
      expect_same(a, dgate);
      expect_same(b, dup);
      const ArrayXXRow<T> row = gate;
      ArrayXXRow<T> out;
      gated.forward(row, up, out);
      expect_same(out, y);
    });
  });
}

TEST(Gated, PackedMatrices) {
  for_each_gated<float>([](const auto& gated, const auto& g, bool gate_first) {
    const ArrayXX<float> x = array(normal_values<float>(34 * 20), 34);
    const auto check = [&](int axis, const auto& first, const auto& second) {
      const ArrayXX<float> gate = gate_first ? first : second, up = gate_first ? second : first;
      const ArrayXX<float> dy = gate + 1.0f;
      ArrayXX<float> y, dx, dgate, dup;
      gated.forward(x, axis, y);
      expect_same(y, ArrayXX<float>(g(gate) * up));
      gated.backward(gate, up, dy, dgate, dup);
      gated.backward(x, axis, dy, dx);
      ArrayXX<float> joined(x.rows(), x.cols());
      const ArrayXX<float>&lower = gate_first ? dgate : dup, &upper = gate_first ? dup : dgate;
      joined.topLeftCorner(lower.rows(), lower.cols()) = lower;
      joined.bottomRightCorner(upper.rows(), upper.cols()) = upper;
      expect_same(dx, joined);
      ArrayXX<float> in_place = x;
      gated.backward(in_place, axis, dy, in_place);
      expect_same(in_place, joined);
    };
    check(0, ArrayXX<float>(x.topRows(17)), ArrayXX<float>(x.bottomRows(17)));
    check(1, ArrayXX<float>(x.leftCols(10)), ArrayXX<float>(x.rightCols(10)));
  });
}

TEST(Gated, PackedTensors) {
  for_each_gated<float>([](const auto& gated, const auto& g, bool gate_first) {
    Eigen::Tensor<float, 3, Eigen::RowMajor> x(4, 6, 10), y, dx;
    x.setRandom();
    for (const int number : {0, 1, 2}) {
      const auto axis = static_cast<std::size_t>(number);
      gated.forward(x, number, y);
      const auto half = x.dimension(axis) / 2;
      ASSERT_EQ(y.dimension(axis), half);
      gated.backward(x, number, y, dx);
      Eigen::array<Eigen::Index, 3> i;
      for (i[0] = 0; i[0] < y.dimension(0); ++i[0])
        for (i[1] = 0; i[1] < y.dimension(1); ++i[1])
          for (i[2] = 0; i[2] < y.dimension(2); ++i[2]) {
            auto other = i;
            other[axis] += half;
            const auto& at_gate = gate_first ? i : other;
            const auto& at_up = gate_first ? other : i;
            ASSERT_SAME(y(i), g(x(at_gate)) * x(at_up));
            ASSERT_SAME(dx(at_up), y(i) * g(x(at_gate)));
          }
    }
  });
}

TEST(Gated, GradientsByFiniteDifferences) {
  for_each_gated<double>([](const auto& gated, const auto&, bool) {
    const ArrayX<double> gate = Eigen::Map<const ArrayX<double>>(normal_values<double>(50).data(), 50) + 1e-3;
    const ArrayX<double> up = gate.reverse(), one = ArrayX<double>::Ones(50);
    ArrayX<double> high, low, dgate, dup;
    gated.backward(gate, up, one, dgate, dup);
    const double h = 1e-6;
    gated.forward(gate + h, up, high);
    gated.forward(gate - h, up, low);
    EXPECT_LT((dgate - (high - low) / (2 * h)).abs().maxCoeff(), 1e-8);
    gated.forward(gate, up + h, high);
    gated.forward(gate, up - h, low);
    EXPECT_LT((dup - (high - low) / (2 * h)).abs().maxCoeff(), 1e-8);
  });
}

TEST(Gated, Errors) {
  const rectify::SwiGLU<float> act;
  const Eigen::ArrayXXf x = Eigen::ArrayXXf::Random(3, 6);
  Eigen::ArrayXXf y = Eigen::ArrayXXf::Constant(3, 3, 7.0f);
  EXPECT_EQ(message_of([&] { act.forward(x, 0, y); }),
            "rectify::SwiGLU::forward: x is 3x6, which has no halves along axis 0");
  EXPECT_EQ(message_of([&] { act.forward(x, 2, y); }),
            "rectify::SwiGLU::forward: axis is 2 but x is 3x6, of rank 2");
  EXPECT_EQ(message_of([&] { act.forward(x, y, y); }), "rectify::SwiGLU::forward: up is 3x3 but gate is 3x6");
  EXPECT_EQ(message_of([&] { act.forward(x, 1, y.leftCols(2)); }),
            "rectify::SwiGLU::forward: y is 3x2 but half of x is 3x3");
  EXPECT_EQ(message_of([&] { act.backward(x, 1, x, y); }),
            "rectify::SwiGLU::backward: dy is 3x6 but half of x is 3x3");
  Eigen::ArrayXXf both(3, 6);
  EXPECT_EQ(message_of([&] { act.backward(y, y, y, both.leftCols(3), both.middleCols(1, 3)); }),
            "rectify::SwiGLU::backward: dup (3x3) shares memory with dgate (3x3) without being the same "
            "elements in the "
            "same order");
  EXPECT_TRUE((y == 7.0f).all());
}

}  // namespace
