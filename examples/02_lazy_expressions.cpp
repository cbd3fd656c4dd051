// Activations inside Eigen expressions: no temporary, one pass, vectorised by Eigen.
#include <iostream>
#include <rectify/dense.hpp>

int main() {
  const rectify::LeakyReLU act(0.1f);
  const Eigen::MatrixXf weights = Eigen::MatrixXf::Constant(3, 2, 0.5f);
  const Eigen::ArrayXf bias = Eigen::ArrayXf::LinSpaced(3, -2, 2);
  const Eigen::MatrixXf input = Eigen::MatrixXf::Constant(2, 4, 1.0f);

  const Eigen::ArrayXXf layer = act((weights * input).array().colwise() + bias);
  std::cout << "act(W x + b) =\n" << layer << "\n";

  const float penalty = act.derivative(layer).square().sum();
  std::cout << "sum of squared slopes = " << penalty << "\n";
  std::cout << "one number: " << act(-3.0f) << "\n";
}
