// Images as tensors, and a thread pool: the same calls, the same bits.
#define EIGEN_USE_THREADS
#include <iostream>
#include <rectify/rectify.hpp>

int main() {
  // batch x channels x height x width
  Eigen::Tensor<float, 4, Eigen::RowMajor> x(8, 64, 56, 56), one_thread, two_threads;
  x.setRandom();
  x = x - x.constant(0.5f);

  Eigen::ThreadPool pool(2);
  const Eigen::ThreadPoolDevice device(&pool, 2);

  const rectify::PReLU<float> act(64, /*axis=*/1);
  act.forward(x, one_thread);
  act.forward(x, two_threads, device);

  const Eigen::Tensor<float, 0, Eigen::RowMajor> difference = (one_thread - two_threads).abs().maximum();
  std::cout << "difference between one thread and two: " << difference() << "\n";

  // Gradients of x and of the 64 slopes, in one pass.
  Eigen::Tensor<float, 4, Eigen::RowMajor> dx;
  Eigen::ArrayXf dalpha;
  act.backward(x, x, dx, dalpha, device);
  std::cout << "slope gradients: " << dalpha.size() << "\n";
  return difference() == 0 ? 0 : 1;
}
