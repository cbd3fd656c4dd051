// PReLU: channel orders, object kinds, the accuracy of dalpha, and its bits for any number of threads.
#include <testing.hpp>

namespace {
std::size_t largest_allocation = 0;
}

// What the library allocates beside its outputs.
void* operator new[](std::size_t size, std::align_val_t alignment) {
  largest_allocation = std::max(largest_allocation, size);
  const auto unit = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
}
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }

namespace {

using namespace testing_tools;

struct Case {
  std::vector<Eigen::Index> dims;
  int axis;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{{{4, 64, 1, 1}, 1},   {{3, 5, 7, 7}, 1},    {{2, 3, 33, 35}, 1},
                                     {{2, 6, 5, 3}, 1},    {{4, 2, 2, 17}, 0},   {{64, 7, 7, 3}, 3},
                                     {{5, 9, 11, 10}, 3},  {{9, 9, 9, 2}, 3},    {{70, 4, 4, 64}, 3},
                                     {{7, 13, 5, 96}, 3},  {{300, 1, 1, 65}, 3}, {{9, 1, 1, 300}, 3},
                                     {{3, 4, 5, 6}, 2},    {{1, 1, 1, 7}, 3},    {{1, 9, 1, 1}, 1},
                                     {{9, 1, 1, 1104}, 3}, {{9, 1, 1, 1112}, 3}, {{6, 1, 1, 2111}, 3}};
  return all;
}

template <class T, int layout>
void check_tensor(const Case& c) {
  using Tensor = Eigen::Tensor<T, 4, layout>;
  const Eigen::array<Eigen::Index, 4> dims{c.dims[0], c.dims[1], c.dims[2], c.dims[3]};
  Tensor x(dims), dy(dims), y, dx;
  const auto n = static_cast<std::size_t>(x.size());
  const auto vx = normal_values<T>(n), vdy = normal_values<T>(n, 5);
  std::copy(vx.begin(), vx.end(), x.data());
  std::copy(vdy.begin(), vdy.end(), dy.data());
  const Eigen::Index channels = c.dims[static_cast<std::size_t>(c.axis)];
  for (auto [low, high] :
       {std::pair(0.05, 1.0), std::pair(-0.5, 1.0), std::pair(-0.5, 1.5)}) {  // both forms of f
    rectify::PReLU<T> prelu(channels, c.axis);
    prelu.alpha = ArrayX<T>::LinSpaced(channels, T(low), T(high));
    ArrayX<T> dalpha;
    prelu.forward(x, y);
    prelu.backward(x, dy, dx, dalpha);
    ArrayX<double> sums = ArrayX<double>::Zero(channels), scale = sums;
    Eigen::array<Eigen::Index, 4> i;
    for (i[0] = 0; i[0] < dims[0]; ++i[0])
      for (i[1] = 0; i[1] < dims[1]; ++i[1])
        for (i[2] = 0; i[2] < dims[2]; ++i[2])
          for (i[3] = 0; i[3] < dims[3]; ++i[3]) {
            const Eigen::Index channel = i[static_cast<std::size_t>(c.axis)];
            const T a = prelu.alpha[channel], xi = x(i), dyi = dy(i);
            ASSERT_PRED2(same<T>, y(i), xi > 0 ? xi : a * xi);
            ASSERT_PRED2(same<T>, dx(i), xi > 0 ? dyi : a * dyi);
            const double term = xi > 0 ? 0 : static_cast<double>(xi) * static_cast<double>(dyi);
            sums[channel] += term;
            scale[channel] += std::abs(term);
          }
    const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
    for (Eigen::Index k = 0; k < channels; ++k)
      ASSERT_NEAR(static_cast<double>(dalpha[k]), sums[k], 2 * eps * scale[k]) << "channel " << k;

    Tensor in_place = dy;
    ArrayX<T> again;
    prelu.backward(x, in_place, in_place, again);
    ASSERT_EQ(0, std::memcmp(in_place.data(), dx.data(), n * sizeof(T)));
    expect_same(again, dalpha);
    in_place = x;
    prelu.forward(in_place, in_place);
    ASSERT_EQ(0, std::memcmp(in_place.data(), y.data(), n * sizeof(T)));

    // The other storage order goes through strided lines, and gives the same values.
    Eigen::Tensor<T, 4, layout == Eigen::ColMajor ? Eigen::RowMajor : Eigen::ColMajor> other(dims),
        from(dims);
    for (i[0] = 0; i[0] < dims[0]; ++i[0])
      for (i[1] = 0; i[1] < dims[1]; ++i[1])
        for (i[2] = 0; i[2] < dims[2]; ++i[2])
          for (i[3] = 0; i[3] < dims[3]; ++i[3]) from(i) = x(i);
    prelu.forward(x, other);
    Tensor y2, dx2;
    prelu.forward(from, y2);
    ASSERT_EQ(0, std::memcmp(y2.data(), y.data(), n * sizeof(T)));
    prelu.backward(from, dy, dx2, again);
    ASSERT_EQ(0, std::memcmp(dx2.data(), dx.data(), n * sizeof(T)));
    for (Eigen::Index k = 0; k < channels; ++k)
      ASSERT_NEAR(static_cast<double>(again[k]), sums[k], 2 * eps * scale[k]) << "channel " << k;
    for (i[0] = 0; i[0] < dims[0]; ++i[0])
      for (i[1] = 0; i[1] < dims[1]; ++i[1])
        for (i[2] = 0; i[2] < dims[2]; ++i[2])
          for (i[3] = 0; i[3] < dims[3]; ++i[3]) ASSERT_PRED2(same<T>, other(i), y(i));
  }
}

TEST(PReLU, TensorsInBothLayouts) {
  for (const Case& c : cases())
    for_each_scalar([&](auto t) {
      SCOPED_TRACE(::testing::Message() << c.dims[0] << "x" << c.dims[1] << "x" << c.dims[2] << "x"
                                        << c.dims[3] << " axis " << c.axis);
      check_tensor<decltype(t), Eigen::ColMajor>(c);
      check_tensor<decltype(t), Eigen::RowMajor>(c);
    });
}

/// outer x channels runs of inner elements, into an output that begins `offset` elements after an aligned
/// address.
void check_runs(Eigen::Index outer, Eigen::Index channels, Eigen::Index inner, Eigen::Index offset) {
  SCOPED_TRACE(::testing::Message() << outer << "x" << channels << " runs of " << inner << ", offset "
                                    << offset);
  static const auto values = normal_values<float>(40 * 37 * 65),
                    gradients = normal_values<float>(values.size(), 5);
  static std::vector<float> memory(values.size() + 16);
  using Input = Eigen::TensorMap<const Eigen::Tensor<float, 3, Eigen::RowMajor>>;
  const Input x(values.data(), outer, channels, inner), dy(gradients.data(), outer, channels, inner);
  Eigen::TensorMap<Eigen::Tensor<float, 3, Eigen::RowMajor>> out(memory.data() + offset, outer, channels,
                                                                 inner);
  rectify::PReLU<float> prelu(channels);
  prelu.alpha = ArrayX<float>::LinSpaced(channels, 0.05f, 1.0f);
  ArrayX<float> dalpha;
  ArrayX<double> sums = ArrayX<double>::Zero(channels), scale = sums;
  const auto expect_each = [&](const auto& expected) {
    for (Eigen::Index i = 0; i < outer; ++i)
      for (Eigen::Index c = 0; c < channels; ++c)
        for (Eigen::Index k = 0; k < inner; ++k) ASSERT_PRED2(same<float>, out(i, c, k), expected(i, c, k));
  };
  prelu.forward(x, out);
  expect_each([&](auto... i) {
    return x(i...) > 0 ? x(i...) : prelu.alpha[std::get<1>(std::tuple(i...))] * x(i...);
  });
  prelu.backward(x, dy, out, dalpha);
  expect_each([&](auto... i) {
    const Eigen::Index c = std::get<1>(std::tuple(i...));
    const double term = x(i...) > 0 ? 0 : static_cast<double>(x(i...)) * static_cast<double>(dy(i...));
    sums[c] += term;
    scale[c] += std::abs(term);
    return x(i...) > 0 ? dy(i...) : prelu.alpha[c] * dy(i...);
  });
  EXPECT_LE(((dalpha.cast<double>() - sums).abs() - 1e-7 * scale).maxCoeff(), 0);
}

TEST(PReLU, RunsOfAnyLengthWhereverTheOutputBegins) {
  for (Eigen::Index outer : {1, 3, 40})
    for (Eigen::Index channels : {5, 16, 37})
      for (Eigen::Index inner : {1, 2, 3, 4, 8, 9, 15, 16, 17, 24, 25, 31, 32, 33, 48, 49, 64, 65})
        for (Eigen::Index offset : {0, 1, 4, 15}) check_runs(outer, channels, inner, offset);
}

TEST(PReLU, AllocatesNothingOfTheTensorsSize) {
  constexpr Eigen::Index n = 1 << 18;
  for (Eigen::Index inner : {1, 3, 8, 15, 25, 49, 1024})
    for (Eigen::Index outer : {1, 2, 32, 1 << 14}) {
      const Eigen::Index channels = n / (inner * outer);
      if (channels == 0) continue;
      SCOPED_TRACE(::testing::Message() << outer << "x" << channels << "x" << inner);
      const Eigen::Tensor<float, 3> x = Eigen::Tensor<float, 3>(inner, channels, outer).setRandom();
      Eigen::Tensor<float, 3> y(inner, channels, outer);
      const rectify::PReLU<float> prelu(channels);
      ArrayX<float> dalpha(channels);
      largest_allocation = 0;
      prelu.forward(x, y);
      prelu.backward(x, x, y, dalpha);
      // Sums of the channels, of blocks of the tensor, and of a pattern of 4096 slopes.
      EXPECT_LE(largest_allocation, static_cast<std::size_t>(8 * channels + n / 4 + 8 * 4200));
    }
}

TEST(PReLU, MatricesBlocksAndVectors) {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(40, 30), dy = Eigen::MatrixXd::Random(40, 30);
  for (int axis : {0, 1}) {
    rectify::PReLU<double> prelu(axis == 0 ? 20 : 11, axis);
    prelu.alpha.setRandom();
    const auto bx = x.block(3, 4, 20, 11);
    Eigen::Matrix<double, -1, -1, Eigen::RowMajor> y, dx;
    Eigen::RowVectorXd dalpha;
    prelu.forward(bx, y);
    prelu.backward(bx, dy.topLeftCorner(20, 11), dx, dalpha);
    Eigen::VectorXd sums = Eigen::VectorXd::Zero(prelu.channels());
    for (Eigen::Index j = 0; j < 11; ++j)
      for (Eigen::Index i = 0; i < 20; ++i) {
        const Eigen::Index channel = axis == 0 ? i : j;
        EXPECT_EQ(y(i, j), bx(i, j) > 0 ? bx(i, j) : prelu.alpha[channel] * bx(i, j));
        EXPECT_EQ(dx(i, j), bx(i, j) > 0 ? dy(i, j) : prelu.alpha[channel] * dy(i, j));
        if (!(bx(i, j) > 0)) sums[channel] += bx(i, j) * dy(i, j);
      }
    EXPECT_LT((sums - dalpha.transpose()).cwiseAbs().maxCoeff(), 1e-14);
  }
  rectify::PReLU<float> shared(1, 5);
  const Eigen::VectorXf v = Eigen::VectorXf::Random(100);
  Eigen::VectorXf out;
  Eigen::ArrayXf dalpha;
  shared.forward(v, out);
  EXPECT_EQ(out[7], v[7] > 0 ? v[7] : 0.25f * v[7]);
  shared.backward(v, v, out, dalpha);
  EXPECT_NEAR(dalpha[0], (v.array() > 0).select(0, v.array().square()).sum(), 1e-4);
}

TEST(PReLU, SpecialValues) {
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  rectify::PReLU<float> prelu(1);
  prelu.alpha[0] = 0;
  ArrayX<float> x(6), y, dy = ArrayX<float>::Constant(6, 2), dx, dalpha;
  x << -inf, inf, nan, -0.0f, -2, 0;
  prelu.forward(x, y);
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_SAME(y[1], inf);
  EXPECT_TRUE(std::isnan(y[2]));
  EXPECT_SAME(y[3], -0.0f);
  EXPECT_SAME(y[4], -0.0f);
  for (float alpha : {-2.5f, -0.5f, 0.25f, 1.0f, 2.5f}) {
    prelu.alpha[0] = alpha;
    prelu.forward(x, y);
    for (Eigen::Index i = 0; i < 6; ++i) EXPECT_PRED2(same<float>, y[i], x[i] > 0 ? x[i] : alpha * x[i]);
  }
  rectify::PReLU<float> two(2);
  two.alpha << 0, -0.5f;
  ArrayXX<float> infinite(2, 2), out;
  infinite << inf, inf, -inf, -inf;
  two.forward(infinite, out);
  EXPECT_SAME(out(0, 0), inf);
  EXPECT_SAME(out(0, 1), inf);
  EXPECT_TRUE(std::isnan(out(1, 0)));
  EXPECT_SAME(out(1, 1), inf);
  prelu.alpha[0] = 0.5f;
  prelu.backward(x, dy, dx, dalpha);
  EXPECT_EQ(dx[2], 1.0f);
  EXPECT_EQ(dx[5], 1.0f);
  // A positive x keeps an infinite gradient out of dalpha.
  x.setConstant(3);
  x[5] = -1;
  dy.setConstant(inf);
  dy[5] = 4;
  prelu.backward(x, dy, dx, dalpha);
  EXPECT_EQ(dalpha[0], -4.0f);
}

TEST(PReLU, SlopeGradientIsADoublePrecisionSum) {
#ifdef __OPTIMIZE__
  constexpr Eigen::Index n = 1 << 24;
#else
  constexpr Eigen::Index n = 1 << 20;  // without optimisation 2^24 take minutes
#endif
  ArrayX<float> x(n), dy(n), dx(n);
  struct Layout {
    Eigen::Index inner, channels;
  };
  for (bool constant : {true, false}) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> uniform(0.1f, 1.0f);
    for (Eigen::Index i = 0; i < n; ++i) {
      x[i] = constant ? -0.1f : -uniform(random);
      dy[i] = constant ? 0.7f : uniform(random);
    }
    for (const Layout& layout :
         {Layout{n, 1}, Layout{n / 4, 4}, Layout{n / 64, 64}, Layout{100, 64}, Layout{64, 64}, Layout{49, 64},
          Layout{48, 20}, Layout{32, 512}, Layout{25, 512}, Layout{16, 512}, Layout{9, 64}, Layout{3, 4096},
          Layout{1, 3}, Layout{1, 4}, Layout{1, 64}, Layout{1, 512}, Layout{1, 2200}}) {
      const Eigen::Index outer = n / (layout.inner * layout.channels);
      ArrayX<double> sums = ArrayX<double>::Zero(layout.channels);
      const float *px = x.data(), *pdy = dy.data();
      for (Eigen::Index run = 0; run < layout.channels * outer; ++run) {
        double& sum = sums[run % layout.channels];
        for (const float* end = px + layout.inner; px < end; ++px, ++pdy)
          sum += static_cast<double>(*px) * static_cast<double>(*pdy);
      }
      const auto grid = [&](ArrayX<float>& a) {
        return Eigen::TensorMap<Eigen::Tensor<float, 3>>(a.data(), layout.inner, layout.channels, outer);
      };
      const rectify::PReLU<float> prelu(layout.channels, 1);
      ArrayX<float> dalpha;
      prelu.backward(grid(x), grid(dy), grid(dx), dalpha);
      const double error = (dalpha.cast<double>() / sums - 1).abs().maxCoeff();
      EXPECT_LE(error, 1.2e-7) << layout.channels << " channels in runs of " << layout.inner << ", constant "
                               << constant;
    }
  }
}

}  // namespace
