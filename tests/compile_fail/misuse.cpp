// Wrong use that the compiler sees; each MISUSE must fail with the sentence that CMakeLists.txt expects.
#include <rectify/rectify.hpp>

int main() {
  [[maybe_unused]] const rectify::LeakyReLU<float> act(0.1f);
  [[maybe_unused]] const rectify::PReLU<float> prelu(3);
  [[maybe_unused]] Eigen::ArrayXXf x(3, 3), y(3, 3);
  [[maybe_unused]] Eigen::ArrayXXd d(3, 3);
  [[maybe_unused]] Eigen::ArrayXXi i(3, 3);
  [[maybe_unused]] Eigen::Tensor<float, 3> t;
#if MISUSE == 0
  act.forward(x, y);
#elif MISUSE == 1
  act.forward(d, d);
#elif MISUSE == 2
  act.forward(i, i);
#elif MISUSE == 3
  const Eigen::ArrayXXf& read_only = y;
  act.forward(x, read_only);
#elif MISUSE == 4
  act.forward(x, y + y);
#elif MISUSE == 5
  Eigen::ArrayXXd z = act(d);
#elif MISUSE == 6
  act.forward(x.data(), y);
#elif MISUSE == 7
  act.forward(t, y);
#elif MISUSE == 8
  rectify::LeakyReLU<int> integer;
  (void)integer;
#elif MISUSE == 9
  Eigen::ArrayXd dalpha;
  prelu.backward(x, x, y, dalpha);
#elif MISUSE == 10
  prelu.forward(d, d);
#endif
}
