// A device changes nothing but the time: the same bits for 1 to 7 threads.
#include <testing.hpp>

namespace {

using namespace testing_tools;

template <class T>
bool same_bytes(const ArrayXX<T>& a, const ArrayXX<T>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(T)) == 0;
}

TEST(Threads, SameBitsForAnyNumber) {
#ifdef __OPTIMIZE__
  const Eigen::Index rows = 1030, cols = 1031;
#else
  const Eigen::Index rows = 530, cols = 531;  // with a sanitizer four times as many take half a minute
#endif
  const ArrayXX<float> x = array(normal_values<float>(static_cast<std::size_t>(rows * cols)), rows);
  const ArrayXX<float> dy = array(normal_values<float>(static_cast<std::size_t>(rows * cols), 9), rows);
  const ArrayXXRow<float> x_row = x;
  const rectify::LeakyReLU<float> act(0.1f);
  rectify::PReLU<float> by_row(rows, 0), by_col(cols, 1), shared(1);
  by_row.alpha.setRandom();
  by_col.alpha.setRandom();
  std::vector<ArrayXX<float>> first;
  for (int threads = 0; threads <= 7; ++threads) {
    Eigen::ThreadPool pool(std::max(threads, 1));
    const Eigen::ThreadPoolDevice device(&pool, std::max(threads, 1));
    std::vector<ArrayXX<float>> results;
    const auto run = [&](auto call) {
      ArrayXX<float> out;
      if (threads == 0)
        call(out, Eigen::DefaultDevice());
      else
        call(out, device);
      results.push_back(out);
    };
    run([&](auto& y, const auto& d) { act.forward(x, y, d); });
    run([&](auto& y, const auto& d) { act.forward(x_row, y, d); });
    run([&](auto& dx, const auto& d) { act.backward(x, dy, dx, d); });
    run([&](auto& dx, const auto& d) { act.backward_from_output(x, dy, dx, d); });
    run([&](auto& dx, const auto& d) {
      rectify::SignMask mask;
      ArrayXX<float> y;
      act.forward(x, y, mask, d);
      act.backward(mask, dy, dx, d);
    });
    for (const auto* prelu : {&by_row, &by_col, &shared}) {
      run([&](auto& y, const auto& d) { prelu->forward(x, y, d); });
      run([&](auto& dalpha, const auto& d) {
        ArrayXX<float> dx;
        ArrayX<float> sums;
        prelu->backward(x, dy, dx, sums, d);
        dalpha = sums;
      });
      run([&](auto& dalpha, const auto& d) {
        ArrayXX<float> dx;
        ArrayX<float> sums;
        prelu->backward(x_row, dy, dx, sums, d);
        dalpha = sums;
      });
    }
    if (threads == 0) first = results;
    for (std::size_t i = 0; i < results.size(); ++i)
      EXPECT_TRUE(same_bytes(results[i], first[i])) << "call " << i << ", " << threads << " threads";
  }
}

TEST(Threads, Tensors) {
  Eigen::ThreadPool pool(3);
  const Eigen::ThreadPoolDevice device(&pool, 3);
  Eigen::Tensor<float, 3> x(64, 64, 64), y, z;
  x.setRandom();
  x = x - x.constant(0.5f);
  const rectify::ReLU<float> act;
  act.forward(x, y, device);
  act.forward(x, z);
  EXPECT_EQ(0, std::memcmp(y.data(), z.data(), static_cast<std::size_t>(x.size()) * sizeof(float)));
  z.device(device) = act(x);
  EXPECT_EQ(0, std::memcmp(y.data(), z.data(), static_cast<std::size_t>(x.size()) * sizeof(float)));
}

}  // namespace
