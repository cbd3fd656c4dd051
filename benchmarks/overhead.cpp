// What an activation costs: relative to ReLU, and to a plain copy of the same bytes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <op_table.hpp>
#include <random>
#include <rectify/rectify.hpp>
#include <report.hpp>

namespace {

using Array = Eigen::ArrayXf;
using Map = Eigen::TensorMap<Eigen::Tensor<float, 3, Eigen::RowMajor>>;

/// batch x channels x plane (NCHW), or batch x plane x channels (NHWC) by its other axis.
struct Shape {
  Eigen::Index batch, channels, plane;

  Eigen::Index size() const { return batch * channels * plane; }
};

/// The arrays of a section, shared by its contenders.
struct Data {
  explicit Data(Shape shape_) : shape(shape_), x(shape.size()), dy(shape.size()), y(shape.size()) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (float& v : x) v = normal(random);
    for (float& v : dy) v = normal(random);
    y.setZero();
    rectify::ReLU<float>().forward(x, y, mask);
  }
  Map nchw(Array& a) const { return Map(a.data(), shape.batch, shape.channels, shape.plane); }
  Map nhwc(Array& a) const { return Map(a.data(), shape.batch, shape.plane, shape.channels); }

  Shape shape;
  Array x, dy, y;
  rectify::SignMask mask;
};

using Work = std::function<void(Data&)>;

struct Contender {
  report::Row row;
  Work work;
};

/// Everything a section measures. alpha is the slope of LeakyReLU; PReLU has one per channel.
std::vector<Contender> contenders(const Shape& shape, float alpha) {
  const double n = static_cast<double>(shape.size());
  std::vector<Contender> all;
  const auto forward = [&](const char* name, Work work, double bytes = 8) {
    all.push_back({{name, n, bytes, false}, std::move(work)});
  };
  const auto backward = [&](const char* name, Work work, double bytes = 12) {
    all.push_back({{name, n, bytes, true}, std::move(work)});
  };
  const rectify::ReLU<float> relu;
  const rectify::LeakyReLU<float> leaky(alpha);
  const auto nchw = std::make_shared<rectify::PReLU<float>>(shape.channels, 1);
  const auto nhwc = std::make_shared<rectify::PReLU<float>>(shape.channels, 2);
  const auto dalpha = std::make_shared<Array>();

  forward("memcpy", [](Data& d) {
    std::memcpy(d.y.data(), d.x.data(), static_cast<std::size_t>(d.x.size()) * sizeof(float));
  });
  forward("ReLU", [=](Data& d) { relu.forward(d.x, d.y); });
  forward("LeakyReLU", [=](Data& d) { leaky.forward(d.x, d.y); });
  forward("PReLU, channels apart", [=](Data& d) { nchw->forward(d.nchw(d.x), d.nchw(d.y)); });
  forward("PReLU, channels adjacent", [=](Data& d) { nhwc->forward(d.nhwc(d.x), d.nhwc(d.y)); });
  forward(
      "LeakyReLU, with mask", [=](Data& d) { leaky.forward(d.x, d.y, d.mask); }, 8.125);
  forward("Eigen cwiseMax (ReLU)", [](Data& d) { d.y = d.x.cwiseMax(0.0f); });
  forward("Eigen select (LeakyReLU)", [=](Data& d) { d.y = (d.x > 0.0f).select(d.x, alpha * d.x); });
  forward("plain loop (LeakyReLU)", [=](Data& d) {
    for (Eigen::Index i = 0; i < d.x.size(); ++i) d.y[i] = d.x[i] > 0 ? d.x[i] : alpha * d.x[i];
  });

  backward("ReLU", [=](Data& d) { relu.backward(d.x, d.dy, d.y); });
  backward("LeakyReLU", [=](Data& d) { leaky.backward(d.x, d.dy, d.y); });
  backward("PReLU, channels apart",
           [=](Data& d) { nchw->backward(d.nchw(d.x), d.nchw(d.dy), d.nchw(d.y), *dalpha); });
  backward("PReLU, channels adjacent",
           [=](Data& d) { nhwc->backward(d.nhwc(d.x), d.nhwc(d.dy), d.nhwc(d.y), *dalpha); });
  backward(
      "LeakyReLU, from mask", [=](Data& d) { leaky.backward(d.mask, d.dy, d.y); }, 8.125);
  backward("Eigen select (LeakyReLU)", [=](Data& d) { d.y = (d.x > 0.0f).select(d.dy, alpha * d.dy); });
  backward("plain loop (LeakyReLU)", [=](Data& d) {
    for (Eigen::Index i = 0; i < d.x.size(); ++i) d.y[i] = d.x[i] > 0 ? d.dy[i] : alpha * d.dy[i];
  });
  return all;
}

/// Every other activation of the list, with its default parameters.
void add_neighbours(std::vector<Contender>& all, const Shape& shape) {
  const double n = static_cast<double>(shape.size());
  op_table::for_each_op([&](const auto& op) {
    const std::string name = op.name.substr(0, op.name.find('('));
    const auto is_there = [&](const Contender& c) { return c.row.name == name; };
    if (std::any_of(all.begin(), all.end(), is_there)) return;
    const auto act = op.template make<float>();
    all.push_back({{name, n, 8, false}, [act](Data& d) { act.forward(d.x, d.y); }});
    all.push_back({{name, n, 12, true}, [act](Data& d) { act.backward(d.x, d.dy, d.y); }});
  });
}

struct Setting {
  const char* title;
  Shape shape;
  float alpha;
  bool everything = false;  // rows for all activations
};

/// A size sweep, then activation layers of known networks: batch x channels x plane.
const Setting settings[] = {
    {"4 Ki elements (L1 cache)", {1, 16, 256}, 0.01f, true},
    {"64 Ki elements (L2 cache)", {4, 64, 256}, 0.01f, true},
    {"1 Mi elements (L3 cache)", {16, 64, 1024}, 0.01f, true},
    {"64 Mi elements (memory)", {64, 64, 16384}, 0.01f, true},
    {"ResNet-50, batch 8, 64 x 112x112", {8, 64, 112 * 112}, 0.01f},
    {"ResNet-50, batch 8, 256 x 56x56", {8, 256, 56 * 56}, 0.01f},
    {"ResNet-50, batch 8, 2048 x 7x7", {8, 2048, 7 * 7}, 0.01f},
    {"YOLOv3, slope 0.1, batch 1, 32 x 416x416", {1, 32, 416 * 416}, 0.1f},
    {"YOLOv3, slope 0.1, batch 1, 1024 x 13x13", {1, 1024, 13 * 13}, 0.1f},
    {"DCGAN, slope 0.2, batch 64, 128 x 16x16", {64, 128, 16 * 16}, 0.2f},
    {"DCGAN, slope 0.2, batch 64, 512 x 4x4", {64, 512, 4 * 4}, 0.2f},
    {"U-Net with PReLU, batch 1, 64 x 256x256", {1, 64, 256 * 256}, 0.25f},
    {"U-Net with PReLU, batch 1, 1024 x 16x16", {1, 1024, 16 * 16}, 0.25f},
};

/// Measures one section: all contenders in one run, their repetitions in random order.
void run(const Setting& setting, report::Output& output) {
  std::printf("%s ...", setting.title);
  std::fflush(stdout);
  Data data(setting.shape);
  report::Section section{setting.title, {}};
  const bool large = setting.shape.size() > 16 << 20;
  std::vector<Contender> all = contenders(setting.shape, setting.alpha);
  const std::size_t rectifiers = all.size();
  if (setting.everything) add_neighbours(all, setting.shape);
  for (const Contender& contender : all) {
    const bool neighbour = section.rows.size() >= rectifiers;
    section.rows.push_back(contender.row);
    benchmark::RegisterBenchmark(report::benchmark_name(section, contender.row).c_str(),
                                 [&data, work = contender.work](benchmark::State& state) {
                                   for (auto _ : state) {
                                     work(data);
                                     benchmark::ClobberMemory();
                                   }
                                 })
        ->MinTime(large || neighbour ? 0.005 : 0.015)
        ->Repetitions(large || neighbour ? 9 : 21);
  }
  benchmark::RunSpecifiedBenchmarks(&output.reporter);
  benchmark::ClearRegisteredBenchmarks();
  report::print(section, output);
}

}  // namespace

int main(int argc, char** argv) {
  report::initialize(argc, argv);
  report::Output output("overhead");
  std::fprintf(output.table,
               "# What an activation costs\n\nfloat, one thread, %zu-byte vectors; medians of repetitions in "
               "random order. Reproduce with `./dev overhead`.\n",
               sizeof(xsimd::batch<float>));
  for (const Setting& setting : settings) run(setting, output);
}
