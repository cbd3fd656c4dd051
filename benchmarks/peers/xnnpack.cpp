// XNNPACK, which has no backward passes.
#include <xnnpack.h>

#include <limits>
#include <memory>
#include <peers.hpp>

namespace {

using namespace peers;
using Operator = std::shared_ptr<xnn_operator>;

/// create(channels, operator), setup(operator, rows, x, y).
template <class Create, class Setup>
void add(Contestants& all, const char* operation, Create create, Setup setup) {
  all.push_back({operation, "XNNPACK", [=](const Arrays& a) {
                   xnn_operator_t op = nullptr;
                   create(a, &op);
                   const Operator owner(op, xnn_delete_operator);
                   return [=] {
                     setup(owner.get(), a.n / a.channels, a.x, a.out, nullptr);
                     xnn_run_operator(owner.get(), nullptr);
                   };
                 }});
}

}  // namespace

void peers::add_xnnpack(Contestants& all) {
  if (xnn_initialize(nullptr) != xnn_status_success) return;
  add(
      all, "ReLU forward",
      [](const Arrays& a, xnn_operator_t* op) {
        const std::size_t c = a.channels;
        xnn_create_clamp_nc_f32(c, c, c, 0, std::numeric_limits<float>::infinity(), 0, op);
      },
      xnn_setup_clamp_nc_f32);
  add(
      all, "LeakyReLU forward",
      [](const Arrays& a, xnn_operator_t* op) {
        const std::size_t c = a.channels;
        xnn_create_leaky_relu_nc_f32(c, c, c, slope, 0, op);
      },
      xnn_setup_leaky_relu_nc_f32);
  for (const char* operation : {"PReLU 3 adjacent forward", "PReLU 64 adjacent forward"})
    add(
        all, operation,
        [](const Arrays& a, xnn_operator_t* op) {
          const std::size_t c = a.channels;
          xnn_create_prelu_nc_f32(c, c, c, a.alpha, 0, op);
        },
        xnn_setup_prelu_nc_f32);
  add(
      all, "Sigmoid forward",
      [](const Arrays& a, xnn_operator_t* op) {
        const std::size_t c = a.channels;
        xnn_create_sigmoid_nc_f32(c, c, c, 0, op);
      },
      xnn_setup_sigmoid_nc_f32);
}
