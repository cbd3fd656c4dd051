// This library.
#include <memory>
#include <peers.hpp>
#include <rectify/rectify.hpp>

namespace {

using namespace peers;
using Map = Eigen::Map<Eigen::ArrayXf>;
using Input = Eigen::Map<const Eigen::ArrayXf>;

Eigen::Index size(const Arrays& a) { return static_cast<Eigen::Index>(a.n); }

template <class Act>
void add(Contestants& all, const std::string& name, const Act& act) {
  all.push_back({name + " forward", "rectify", [act](const Arrays& a) {
                   return [act, x = Input(a.x, size(a)), y = Map(a.out, size(a))]() mutable {
                     act.forward(x, y);
                   };
                 }});
  all.push_back({name + " backward", "rectify", [act](const Arrays& a) {
                   return [act, x = Input(a.x, size(a)), dy = Input(a.dy, size(a)),
                           dx = Map(a.out, size(a))]() mutable { act.backward(x, dy, dx); };
                 }});
}

template <class Act>
void add_from_output(Contestants& all, const std::string& name, const Act& act) {
  all.push_back({name + " backward from y", "rectify", [act](const Arrays& a) {
                   return [act, y = Input(a.y, size(a)), dy = Input(a.dy, size(a)),
                           dx = Map(a.out, size(a))]() mutable { act.backward_from_output(y, dy, dx); };
                 }});
}

void add_prelu(Contestants& all, const std::string& name, bool adjacent) {
  // Column-major: channels x elements, or elements x channels.
  using Matrix = Eigen::Map<Eigen::ArrayXXf>;
  using InputMatrix = Eigen::Map<const Eigen::ArrayXXf>;
  const auto setup = [adjacent](const Arrays& a) {
    const auto channels = static_cast<Eigen::Index>(a.channels);
    auto prelu = std::make_shared<rectify::PReLU<float>>(channels, adjacent ? 0 : 1);
    prelu->alpha = Input(a.alpha, channels);
    const Eigen::Index rows = adjacent ? channels : size(a) / channels;
    return std::tuple(prelu, rows, size(a) / rows);
  };
  all.push_back({name + " forward", "rectify", [setup](const Arrays& a) {
                   const auto [prelu, rows, cols] = setup(a);
                   return [prelu = prelu, x = InputMatrix(a.x, rows, cols),
                           y = Matrix(a.out, rows, cols)]() mutable { prelu->forward(x, y); };
                 }});
  all.push_back({name + " backward", "rectify", [setup](const Arrays& a) {
                   const auto [prelu, rows, cols] = setup(a);
                   return [prelu = prelu, x = InputMatrix(a.x, rows, cols),
                           dy = InputMatrix(a.dy, rows, cols), dx = Matrix(a.out, rows, cols),
                           dalpha = Eigen::ArrayXf()]() mutable { prelu->backward(x, dy, dx, dalpha); };
                 }});
}

}  // namespace

void peers::add_rectify(Contestants& all) {
  add(all, "ReLU", rectify::ReLU<float>());
  add(all, "LeakyReLU", rectify::LeakyReLU<float>(slope));
  add_prelu(all, "PReLU 3 adjacent", true);
  add_prelu(all, "PReLU 64 adjacent", true);
  add_prelu(all, "PReLU 64 apart", false);
  add(all, "Sigmoid", rectify::Sigmoid<float>());
  add_from_output(all, "Sigmoid", rectify::Sigmoid<float>());
  add(all, "Tanh", rectify::Tanh<float>());
  add_from_output(all, "Tanh", rectify::Tanh<float>());
  add(all, "SiLU", rectify::SiLU<float>());
  add(all, "GELU", rectify::GELU<float>());
  add(all, "GELUTanh", rectify::GELUTanh<float>());
}
