// PReLU finds the slopes that made some data, one per channel.
#include <iostream>
#include <rectify/dense.hpp>

int main() {
  const Eigen::ArrayXf truth = Eigen::ArrayXf::LinSpaced(4, -0.3f, 0.9f);
  const Eigen::ArrayXXf x = Eigen::ArrayXXf::Random(1000, 4);  // samples x channels
  rectify::PReLU<float> teacher(4, /*axis=*/1), student(4, /*axis=*/1);
  teacher.alpha = truth;
  Eigen::ArrayXXf target, y, dx;
  teacher.forward(x, target);

  Eigen::ArrayXf dalpha;
  for (int step = 0; step <= 40; ++step) {
    student.forward(x, y);
    const Eigen::ArrayXXf dy = (y - target) / 1000;  // of half the mean squared error
    student.backward(x, dy, dx, dalpha);
    student.alpha -= 2 * dalpha;
    if (step % 10 == 0) std::cout << "step " << step << ": alpha = " << student.alpha.transpose() << "\n";
  }
  const float error = (student.alpha - truth).abs().maxCoeff();
  std::cout << "largest error " << error << "\n";
  return error < 1e-3f ? 0 : 1;
}
