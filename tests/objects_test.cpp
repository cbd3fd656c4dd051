// What the arguments may be: fixed size, empty, expressions, tensors of every rank, blocks that interleave.
#include <cases.hpp>

namespace {

using namespace testing_tools;

const rectify::LeakyReLU<float> leaky(0.1f);

float f(float x) { return x > 0 ? x : 0.1f * x; }

TEST(Objects, ConstructionAndDefaults) {
  const rectify::LeakyReLU by_deduction(0.1f);
  static_assert(std::is_same_v<decltype(by_deduction), const rectify::LeakyReLU<float>>);
  const rectify::LeakyReLU by_default;
  static_assert(std::is_same_v<decltype(by_default), const rectify::LeakyReLU<float>>);
  EXPECT_EQ(by_default.alpha, 0.01f);
  const rectify::LeakyReLU in_double(0.1);
  static_assert(std::is_same_v<decltype(in_double), const rectify::LeakyReLU<double>>);
  const rectify::LeakyReLU copy(by_deduction);
  EXPECT_EQ(copy.alpha, 0.1f);
  const rectify::PReLU<float> prelu(64);
  EXPECT_EQ(prelu.axis, 1);
  EXPECT_EQ(prelu.channels(), 64);
  EXPECT_TRUE((prelu.alpha == 0.25f).all());
  EXPECT_EQ(rectify::PReLU<double>(3, 0, 0.5).alpha[2], 0.5);
}

TEST(Objects, FixedSizes) {
  const Eigen::Matrix<float, 3, 5> x = Eigen::Matrix<float, 3, 5>::Random();
  Eigen::Matrix<float, 3, 5> y;
  leaky.forward(x, y);
  expect_same(y, x.unaryExpr(&f).eval());
  Eigen::Matrix<float, 3, 5, Eigen::RowMajor> row, dx;
  leaky.forward(x, row);
  expect_same(row, x.unaryExpr(&f).eval());
  leaky.backward(row, y, dx);
  Eigen::Vector4f v(1, -1, 2, -2);
  leaky.forward(v, v);
  EXPECT_EQ(v, Eigen::Vector4f(1, -0.1f, 2, -0.2f));
  Eigen::Matrix<float, Eigen::Dynamic, 1, 0, 8, 1> bounded;
  leaky.forward(v, bounded);
  expect_same(Eigen::Vector4f(bounded), v.unaryExpr(&f).eval());
}

/// Types that fix a small size have code of their own: sizes around whole vectors, in place, three arrays.
template <int size>
void check_fixed() {
  using Fixed = Eigen::Array<float, size, 1>;
  const Fixed x = Fixed::Random(), dy = Fixed::Random();
  Fixed y, dx;
  leaky.forward(x, y);
  expect_same(y, x.unaryExpr(&f).eval());
  leaky.backward(x, dy, dx);
  expect_same(dx, x.binaryExpr(dy, [](float v, float d) { return v > 0 ? d : 0.1f * d; }).eval());
  Fixed in_place = x;
  leaky.forward(in_place, in_place);
  expect_same(in_place, y);
  in_place = dy;
  leaky.backward(x, in_place, in_place);
  expect_same(in_place, dx);
}
template <int... size>
void check_fixed_sizes() {
  (check_fixed<size>(), ...);
}
TEST(Objects, FixedSizesOfAFewVectors) {
  check_fixed_sizes<1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 31, 32, 33, 36, 127, 128, 129>();
}

TEST(Objects, EmptyInput) {
  const Eigen::ArrayXXf x(0, 3);
  Eigen::ArrayXXf y(2, 2), dx;
  rectify::SignMask mask;
  leaky.forward(x, y);
  EXPECT_EQ(y.rows(), 0);
  EXPECT_EQ(y.cols(), 3);
  leaky.backward(x, x, dx);
  leaky.forward(x, y, mask);
  EXPECT_EQ(mask.size(), 0u);
  EXPECT_EQ(mask.count(), 0u);
  leaky.backward(mask, x, dx);
  Eigen::ArrayXf dalpha;
  const rectify::PReLU<float> prelu(3, 1);
  prelu.forward(x, y);
  prelu.backward(x, x, dx, dalpha);
  EXPECT_EQ(dalpha.size(), 3);
  EXPECT_TRUE((dalpha == 0).all());
  const Eigen::Tensor<float, 3> tensor(2, 0, 4);
  Eigen::Tensor<float, 3> out;
  leaky.forward(tensor, out);
  EXPECT_EQ(out.dimension(2), 4);
}

TEST(Objects, ExpressionsAsInput) {
  const Eigen::MatrixXf a = Eigen::MatrixXf::Random(9, 7), b = Eigen::MatrixXf::Random(7, 5);
  Eigen::MatrixXf y, dx;
  leaky.forward(a * b, y);
  expect_same(y, (a * b).eval().unaryExpr(&f).eval());
  leaky.backward(a * b, (a * b) * 2, dx);
  // The expression is evaluated before y is written, so it may use y.
  y = Eigen::MatrixXf::Random(6, 6);
  const Eigen::MatrixXf expected = (y.transpose() + y).unaryExpr(&f);
  leaky.forward(y.transpose() + y, y);
  expect_same(y, expected);
  const rectify::PReLU<float> prelu(5, 1);
  prelu.forward(a * b, y);
  EXPECT_EQ(y.cols(), 5);
  Eigen::Tensor<float, 2> t(4, 5), out;
  t.setRandom();
  leaky.forward(t - t.constant(0.5f), out);
  EXPECT_EQ(out(1, 2), f(t(1, 2) - 0.5f));
  rectify::SignMask mask;
  leaky.forward(a * 2, y, mask);
  EXPECT_EQ(mask.count(), static_cast<std::size_t>((a.array() > 0).count()));
}

struct OwnVector : Eigen::VectorXf {
  using Eigen::VectorXf::VectorXf;
};

TEST(Objects, DerivedTypesRefAndVectorBlocks) {
  OwnVector x(10), y;
  x.setRandom();
  leaky.forward(x, y);
  expect_same(y, x.unaryExpr(&f).eval());
  const auto by_ref = [](const Eigen::Ref<const Eigen::VectorXf>& in, Eigen::Ref<Eigen::VectorXf> out) {
    leaky.forward(in, out);
  };
  y.setZero();
  by_ref(x, y);
  expect_same(y, x.unaryExpr(&f).eval());
  y.setZero();
  leaky.forward(x.head(4), y.tail(4));
  expect_same(y.tail(4).eval(), x.head(4).unaryExpr(&f).eval());
  leaky.forward(x.array(), y.array());
  expect_same(y, x.unaryExpr(&f).eval());
  Eigen::MatrixXf m = Eigen::MatrixXf::Random(5, 5);
  const Eigen::VectorXf diagonal = m.diagonal().unaryExpr(&f);
  leaky.forward(m.diagonal(), m.diagonal());
  expect_same(m.diagonal().eval(), diagonal);
  EXPECT_SAME(leaky(m)(0, 1), f(m(0, 1)));
}

TEST(Objects, InterleavedBlocksOfOneMatrix) {
  Eigen::MatrixXf m = Eigen::MatrixXf::Random(10, 40);
  const Eigen::MatrixXf top = m.topRows(5).unaryExpr(&f);
  leaky.forward(m.topRows(5), m.bottomRows(5));
  expect_same(m.bottomRows(5).eval(), top);
  using Odd = Eigen::Map<Eigen::VectorXf, 0, Eigen::InnerStride<2>>;
  Eigen::VectorXf v = Eigen::VectorXf::Random(100);
  const Eigen::VectorXf even = Odd(v.data(), 50).unaryExpr(&f);
  leaky.forward(Odd(v.data(), 50), Odd(v.data() + 1, 50));
  expect_same(Odd(v.data() + 1, 50).eval(), even);
  // Different strides that never meet: columns 0, 3, 6, ... of 10 rows, and row pieces of the columns
  // between.
  Eigen::MatrixXf w = Eigen::MatrixXf::Random(6, 12);
  using Strided = Eigen::Map<Eigen::MatrixXf, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
  Strided a(w.data(), 3, 4, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(18, 2));
  Strided b(w.data() + 7, 3, 4, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(12, 2));
  const Eigen::MatrixXf expected = a.unaryExpr(&f);
  leaky.forward(a, b);
  expect_same(b.eval(), expected);
}

template <int rank, int layout>
void check_rank() {
  typename Eigen::Tensor<float, rank, layout>::Dimensions dims;
  for (std::size_t i = 0; i < rank; ++i) dims[i] = i < 2 ? 5 : 2;
  Eigen::Tensor<float, rank, layout> x(dims), y, lazy;
  x.setRandom();
  x = x - x.constant(0.5f);
  leaky.forward(x, y);
  lazy = leaky(x);
  Eigen::Tensor<float, rank, layout == Eigen::ColMajor ? Eigen::RowMajor : Eigen::ColMajor> other;
  leaky.forward(x, other);
  Eigen::Tensor<float, rank, layout> back;
  leaky.backward(other, x, back);
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    ASSERT_SAME(y.data()[i], f(x.data()[i]));
    ASSERT_SAME(lazy.data()[i], f(x.data()[i]));
    ASSERT_SAME(back.data()[i], x.data()[i] > 0 ? x.data()[i] : 0.1f * x.data()[i]);
  }
}

TEST(Objects, TensorsOfRank1To8) {
  check_rank<1, Eigen::ColMajor>();
  check_rank<2, Eigen::RowMajor>();
  check_rank<3, Eigen::ColMajor>();
  check_rank<4, Eigen::RowMajor>();
  check_rank<5, Eigen::ColMajor>();
  check_rank<6, Eigen::RowMajor>();
  check_rank<7, Eigen::ColMajor>();
  check_rank<8, Eigen::RowMajor>();
}

TEST(Objects, TensorMapsAndFixedTensors) {
  std::vector<float> memory = normal_values<float>(24), out(24);
  const Eigen::TensorMap<const Eigen::Tensor<const float, 3>> x(memory.data(), 2, 3, 4);
  Eigen::TensorMap<Eigen::Tensor<float, 3>> y(out.data(), 2, 3, 4);
  leaky.forward(x, y);
  for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(out[i], f(memory[i]));
  Eigen::TensorFixedSize<float, Eigen::Sizes<2, 3, 4>> fixed;
  leaky.forward(x, fixed);
  EXPECT_EQ(fixed(1, 2, 3), y(1, 2, 3));
  leaky.forward(y, y);
  EXPECT_EQ(out[5], f(f(memory[5])));
}

/// All orders that x, y, dy and dx may have.
template <class X, class Out>
void check_mask(const rectify::LeakyReLU<float>& act, const X& x, const Eigen::ArrayXXf& dy) {
  Eigen::ArrayXXf expected_y, expected_dx;
  act.forward(x, expected_y);
  act.backward(x, dy, expected_dx);
  rectify::SignMask mask;
  Out out;
  act.forward(x, out, mask);
  expect_same(out, expected_y);
  EXPECT_EQ(mask.count(), static_cast<std::size_t>((x > 0).count()));
  for (Eigen::Index i = 0; i < x.size(); ++i) EXPECT_EQ(mask[static_cast<std::size_t>(i)], x.data()[i] > 0);
  act.backward(mask, dy, out);
  expect_same(out, expected_dx);
  act.backward(mask, ArrayXXRow<float>(dy), out);
  expect_same(out, expected_dx);

  Out frame = Out::Zero(x.rows() + 10, x.cols() + 9);
  auto block = frame.block(2, 3, x.rows(), x.cols());
  act.forward(x, block, mask);
  expect_same(block.eval(), expected_y);
  act.backward(mask, dy, block);
  expect_same(block.eval(), expected_dx);
  block = x;
  act.forward(block, block, mask);
  expect_same(block.eval(), expected_y);
  block = dy;
  act.backward(mask, block, block);
  expect_same(block.eval(), expected_dx);
}

TEST(Objects, SignMask) {
  const Eigen::ArrayXXf x = array(inputs<float>(37 * 30), 37);
  const Eigen::ArrayXXf dy = Eigen::ArrayXXf::Random(37, 30);
  for (float alpha : {0.1f, 0.0f, -2.0f}) {
    const rectify::LeakyReLU<float> act(alpha);
    check_mask<Eigen::ArrayXXf, Eigen::ArrayXXf>(act, x, dy);
    check_mask<Eigen::ArrayXXf, ArrayXXRow<float>>(act, x, dy);
    check_mask<ArrayXXRow<float>, Eigen::ArrayXXf>(act, x, dy);
    check_mask<ArrayXXRow<float>, ArrayXXRow<float>>(act, x, dy);
  }
  rectify::SignMask mask;
  Eigen::ArrayXXf y;
  leaky.forward(x, y, mask);
  EXPECT_EQ(mask.size(), 1110u);
  EXPECT_EQ(mask.bytes(), 139u);
  const rectify::ReLU<float> relu;
  Eigen::Tensor<float, 3> t(3, 4, 5), ty, tdx;
  t.setRandom();
  relu.forward(t, ty, mask);
  relu.backward(mask, t, tdx);
  EXPECT_EQ(mask.size(), 60u);
  relu.forward(Eigen::ArrayXf(Eigen::ArrayXf::Ones(3)), y, mask);
  EXPECT_EQ(mask.size(), 3u);
  EXPECT_EQ(mask.count(), 3u);
}

/// Away from kinks, which lie at multiples of 1/2, central differences of f agree with f', and those of f'
/// with f''.
TEST(Gradient, FiniteDifferences) {
  for_each_case_of<double>([](const auto& act) {
    const double h = 1e-5;
    // Where a parameter makes them large, the 4 ULP of the values and the next term of the series show.
    const auto tolerance = [&](double v, double slope) {
      const double rounding = 4 * std::numeric_limits<double>::epsilon() * std::abs(v) / h;
      return std::max({1e-8, rounding, h * h * std::abs(slope)});
    };
    for (double z : normal_values<double>(200)) {
      const double x = 2 * z;
      if (std::abs(2 * x - std::round(2 * x)) < 1e-3) continue;
      const double value = act(x), slope = act.derivative(x), curvature = act.second_derivative(x);
      EXPECT_NEAR(slope, (act(x + h) - act(x - h)) / (2 * h), tolerance(value, slope)) << x;
      EXPECT_NEAR(curvature, (act.derivative(x + h) - act.derivative(x - h)) / (2 * h),
                  tolerance(slope, curvature))
          << x;
    }
  });
}

TEST(Gradient, PReLU) {
  rectify::PReLU<double> prelu(4, 1);
  const Eigen::ArrayXXd x = array(normal_values<double>(40), 10),
                        dy = array(normal_values<double>(40, 3), 10);
  Eigen::ArrayXXd y, dx;
  Eigen::ArrayXd dalpha;
  prelu.backward(x, dy, dx, dalpha);
  const auto loss = [&](const Eigen::ArrayXXd& at) {
    prelu.forward(at, y);
    return (y * dy).sum();
  };
  for (Eigen::Index c = 0; c < 4; ++c) {
    const double h = 1e-6, start = prelu.alpha[c];
    prelu.alpha[c] = start + h;
    const double above = loss(x);
    prelu.alpha[c] = start - h;
    EXPECT_NEAR(dalpha[c], (above - loss(x)) / (2 * h), 1e-7);
    prelu.alpha[c] = start;
    Eigen::ArrayXXd up = x, down = x;
    up(c, c) += h;
    down(c, c) -= h;
    EXPECT_NEAR(dx(c, c), (loss(up) - loss(down)) / (2 * h), 1e-7);
  }
}

}  // namespace
