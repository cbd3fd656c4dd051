// tiny-dnn, by the functions that its layers call for each element.
#include <tiny_dnn/activations/activation_function.h>
#include <algorithm>
#include <memory>
#include <peers.hpp>
#include <utility>

namespace {

using namespace peers;
using tiny_dnn::vec_t;

/// It works on vectors of its own; the first result is copied to where it is checked.
template <class Function>
void add(Contestants& all, const std::string& name) {
  const std::shared_ptr<tiny_dnn::activation::function> f = std::make_shared<Function>();
  all.push_back({name + " forward", "tiny-dnn", [f](const Arrays& a) {
                   return [f, a, x = vec_t(a.x, a.x + a.n), out = vec_t(a.n), first = true]() mutable {
                     f->itef(out, x, a.n);
                     if (std::exchange(first, false)) std::copy(out.begin(), out.end(), a.out);
                   };
                 }});
  const bool rectifier = name.find("ReLU") != std::string::npos;
  all.push_back({name + (rectifier ? " backward" : " backward from y"), "tiny-dnn", [f](const Arrays& a) {
                   return [f, a] {
                     for (std::size_t i = 0; i < a.n; ++i) a.out[i] = a.dy[i] * f->df(a.y[i]);
                   };
                 }});
}

}  // namespace

void peers::add_tiny_dnn(Contestants& all) {
  add<tiny_dnn::activation::relu>(all, "ReLU");
  add<tiny_dnn::activation::leaky_relu>(all, "LeakyReLU");
  add<tiny_dnn::activation::sigmoid>(all, "Sigmoid");
  add<tiny_dnn::activation::tan_h>(all, "Tanh");
}
