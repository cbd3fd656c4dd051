// Streaming stores change nothing but the time, wherever the output begins.
#include <testing.hpp>

namespace {

using namespace testing_tools;

constexpr std::size_t most = 48000;

template <class T>
void check_streaming(const std::vector<T>& values, Eigen::Index channels, Eigen::Index offset) {
  const auto n = static_cast<Eigen::Index>(values.size());
  SCOPED_TRACE(::testing::Message() << n << " elements, " << channels << " channels, offset " << offset);
  const auto stream = rectify::with(rectify::Stores::streaming),
             cache = rectify::with(rectify::Stores::cached);
  static const auto gradients = normal_values<T>(most);
  ArrayXX<T> memory[2];
  for (auto& m : memory) m = ArrayXX<T>::Constant(n + 64, 1, T(7));
  using Flat = Eigen::Map<ArrayX<T>>;
  const Eigen::Map<const ArrayX<T>> x(values.data(), n), dy(gradients.data(), n);
  Flat streamed(memory[0].data() + offset, n), cached(memory[1].data() + offset, n);
  const auto expect_equal = [&] {
    ASSERT_EQ(0,
              std::memcmp(memory[0].data(), memory[1].data(), static_cast<std::size_t>(n + 64) * sizeof(T)));
  };
  const rectify::LeakyReLU<T> leaky(T(0.1));
  rectify::SignMask mask;
  leaky.forward(x, streamed, stream);
  leaky.forward(x, cached, cache);
  expect_equal();
  leaky.backward(x, dy, streamed, stream);
  leaky.backward(x, dy, cached, cache);
  expect_equal();
  leaky.forward(x, streamed, mask, stream);
  leaky.forward(x, cached, mask, cache);
  expect_equal();
  leaky.backward(mask, dy, streamed, stream);
  leaky.backward(mask, dy, cached, cache);
  expect_equal();
  for (int axis : {0, 1}) {
    rectify::PReLU<T> prelu(channels, axis);
    const Eigen::Index rows = axis == 0 ? channels : n / channels, cols = n / rows;
    const Eigen::Map<const ArrayXX<T>> gx(values.data(), rows, cols), gdy(gradients.data(), rows, cols);
    Eigen::Map<ArrayXX<T>> a(streamed.data(), rows, cols), b(cached.data(), rows, cols);
    ArrayX<T> sums, same_sums;
    prelu.forward(gx, a, stream);
    prelu.forward(gx, b, cache);
    expect_equal();
    prelu.backward(gx, gdy, a, sums, stream);
    prelu.backward(gx, gdy, b, same_sums, cache);
    expect_equal();
    expect_same(sums, same_sums);
  }
}

TEST(Stores, StreamingGivesTheSameBits) {
  const auto floats = inputs<float>(most), few = inputs<float>(21);
  const auto doubles = inputs<double>(most);
  for (Eigen::Index offset : {0, 1, 4, 16})
    for (Eigen::Index channels : {1, 3, 16, 48, 64, 1000, 24000}) {
      check_streaming(floats, channels, offset);
      check_streaming(doubles, channels, offset);
    }
  for (Eigen::Index offset : {0, 1, 4, 13}) check_streaming(few, 3, offset);
}

TEST(Stores, SlopeGradientsWhereverTheOutputBegins) {
  constexpr Eigen::Index n = most;
  const auto values = normal_values<float>(2 * n);
  for (Eigen::Index channels : {3, 16, 48, 64, 1000})
    for (Eigen::Index offset : {0, 1, 4, 15, 16}) {
      SCOPED_TRACE(::testing::Message() << channels << " channels, offset " << offset);
      using Grid = Eigen::ArrayXXf;
      const Eigen::Map<const Grid> x(values.data(), channels, n / channels),
          dy(values.data() + n, channels, n / channels);
      ArrayX<float> memory(n + 64), sums;
      Eigen::Map<Grid> dx(memory.data() + offset, channels, n / channels);
      rectify::PReLU<float>(channels, 0).backward(x, dy, dx, sums);
      const Eigen::ArrayXXd terms =
          (x > 0.0f).select(Grid::Zero(channels, n / channels), x * dy).cast<double>();
      const Eigen::ArrayXd error = (sums.cast<double>() - terms.rowwise().sum()).abs();
      EXPECT_LE((error / terms.abs().rowwise().sum()).maxCoeff(), 1e-7);
    }
}

TEST(Stores, WithADevice) {
  Eigen::ThreadPool pool(2);
  const Eigen::ThreadPoolDevice device(&pool, 2);
  const Eigen::ArrayXf x = Eigen::ArrayXf::Random(200000);
  Eigen::ArrayXf y, z;
  rectify::ReLU<float>().forward(x, y, rectify::with(rectify::Stores::streaming, device));
  rectify::ReLU<float>().forward(x, z);
  expect_same(y, z);
  Eigen::ArrayXf in_place = x;
  rectify::ReLU<float>().forward(in_place, in_place, rectify::with(rectify::Stores::streaming));
  expect_same(in_place, z);
}

}  // namespace
