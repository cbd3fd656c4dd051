// The same work by other libraries, in one process and one run: time relative to ours and to a copy.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <op_table.hpp>
#include <peers.hpp>
#include <random>
#include <report.hpp>

namespace {

using namespace peers;

struct Data {
  std::vector<float> x, dy, y, alpha, out;

  explicit Data(std::size_t n) : x(n), dy(n), y(n), alpha(64), out(n) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (float& v : x) v = normal(random);
    for (float& v : dy) v = normal(random);
    for (std::size_t c = 0; c < alpha.size(); ++c) alpha[c] = 0.01f * static_cast<float>(c + 1);
  }
};

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

using Reference = std::function<double(double x, double alpha, double dy)>;

/// What an operation should give for x, the slope of its channel and dy.
Reference reference_of(const std::string& name, bool backward) {
  if (name == "PReLU")
    return
        [backward](double x, double alpha, double dy) { return (x > 0 ? 1 : alpha) * (backward ? dy : x); };
  Reference result;
  op_table::for_each_op([&](const auto& op) {
    if (result || op.name.substr(0, op.name.find('(')) != name) return;
    result = [op, backward](double x, double, double dy) {
      return backward ? dy * op.df(static_cast<float>(x)) : op.f(static_cast<float>(x));
    };
  });
  return result;
}

std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }

/// 3 or 64 channels as the operation's name says.
Arrays arrays(Data& data, const std::string& operation) {
  const std::size_t channels = contains(operation, "PReLU 3") ? 3 : 64;
  const std::size_t n = data.x.size() / channels * channels;
  if (contains(operation, "backward")) {
    const Reference forward = reference_of(first_word(operation), false);
    for (std::size_t i = 0; i < n; ++i)
      data.y[i] = static_cast<float>(forward(static_cast<double>(data.x[i]), 0, 0));
  }
  return {n, channels, data.x.data(), data.dy.data(), data.y.data(), data.alpha.data(), data.out.data()};
}

/// The largest error of what was computed, relative to 1 + |result|, over a part of the elements.
double error(const Arrays& a, const std::string& operation) {
  const Reference reference = reference_of(first_word(operation), contains(operation, "backward"));
  double worst = 0;
  for (std::size_t i = 0; i < a.n; i += 1 + a.n / 4096) {
    const std::size_t channel = contains(operation, "apart") ? i / (a.n / a.channels) : i % a.channels;
    const double exact = reference(static_cast<double>(a.x[i]), static_cast<double>(a.alpha[channel]),
                                   static_cast<double>(a.dy[i]));
    const double distance = std::abs(static_cast<double>(a.out[i]) - exact) / (1 + std::abs(exact));
    worst = distance > worst || std::isnan(distance) ? distance : worst;
  }
  return worst;
}

std::string without(std::string text, const std::string& part) {
  return text.erase(text.find(part), part.size());
}

struct Entry {
  std::string operation, library;
  double elements, bytes;
};

std::string benchmark_name(const char* title, const std::string& operation, const std::string& library) {
  return std::string(title) + "/" + operation + "/" + library;
}

void print(const char* title, const std::vector<Entry>& entries, const report::Output& output) {
  const auto ns = [&](const Entry& e) {
    return output.reporter.time(benchmark_name(title, e.operation, e.library)) / e.elements;
  };
  const double copy = ns(entries.front()) / 8;
  std::printf("\r%-60s\n", title);
  std::fprintf(output.table,
               "\n## %s\n\n| operation | library | ns/element | / ours | / copy |\n| --- | --- | ---: | ---: "
               "| ---: |\n",
               title);
  for (const Entry& e : entries) {
    if (ns(e) == 0) continue;  // left out by --benchmark_filter
    const auto ours = std::find_if(entries.begin(), entries.end(), [&](const Entry& other) {
      return other.operation == e.operation && other.library == "rectify";
    });
    const double relative = ours == entries.end() ? 1 : ns(e) / ns(*ours), per_copy = ns(e) / e.bytes / copy;
    std::printf("  %-28s %-16s %10.4f %8.2f %8.2f\n", e.operation.c_str(), e.library.c_str(), ns(e), relative,
                per_copy);
    std::fprintf(output.table, "| %s | %s | %.4f | %.2f | %.2f |\n", e.operation.c_str(), e.library.c_str(),
                 ns(e), relative, per_copy);
  }
  // For the chart, a block forward and one backward: a row for each operation, a column for each library.
  std::vector<std::string> libraries;
  for (const Entry& e : entries)
    if (e.library != "memcpy" && e.library != "rectify" &&
        std::find(libraries.begin(), libraries.end(), e.library) == libraries.end())
      libraries.push_back(e.library);
  for (const char* way : {" forward", " backward"}) {
    std::fprintf(output.chart, "%s", title);
    for (const std::string& library : libraries) std::fprintf(output.chart, "\t%s", library.c_str());
    for (const Entry& ours : entries) {
      if (ours.library != "rectify" || !contains(ours.operation, way)) continue;
      std::fprintf(output.chart, "\n%s", without(ours.operation, way).c_str());
      for (const std::string& library : libraries) {
        const auto theirs = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) {
          return e.library == library && e.operation == ours.operation;
        });
        std::fprintf(output.chart, "\t%.4g", theirs == entries.end() ? 1e-9 : ns(*theirs) / ns(ours));
      }
    }
    std::fprintf(output.chart, "\n\n\n");
  }
  std::fflush(nullptr);
}

void run(const char* title, std::size_t n, const Contestants& all, report::Output& output) {
  std::printf("%s ...", title);
  std::fflush(stdout);
  Data data(n);
  const bool large = n > 16 << 20;
  std::vector<Entry> entries{{"copy", "memcpy", static_cast<double>(n), 8}};
  const auto measure = [&](const std::string& name, const std::function<void()>& work) {
    benchmark::RegisterBenchmark(name.c_str(),
                                 [work, large](benchmark::State& state) {
                                   // After a library that gave memory back, the first to run pays for it.
                                   if (large) work();
                                   for (auto _ : state) {
                                     work();
                                     benchmark::ClobberMemory();
                                   }
                                 })
        ->MinTime(0.005)
        ->Repetitions(large ? 5 : 15);
  };
  measure(benchmark_name(title, "copy", "memcpy"),
          [&data] { std::memcpy(data.out.data(), data.x.data(), data.x.size() * sizeof(float)); });
  // One operation at a time, so that its contestants are interleaved and their arrays do not pile up.
  std::vector<std::string> operations;
  for (const Contestant& c : all)
    if (std::find(operations.begin(), operations.end(), c.operation) == operations.end())
      operations.push_back(c.operation);
  for (const std::string& operation : operations) {
    std::printf("\r%s: %-30s", title, operation.c_str());
    std::fflush(stdout);
    const Arrays a = arrays(data, operation);
    for (const Contestant& c : all) {
      if (c.operation != operation) continue;
      const auto work = c.prepare(a);
      std::fill(data.out.begin(), data.out.end(), 0.0f);
      work();
      if (const double wrong = error(a, operation); !(wrong < 1e-4)) {
        std::printf("\r%s by %s is wrong by %.2g: not timed\n", operation.c_str(), c.library.c_str(), wrong);
        continue;
      }
      entries.push_back(
          {operation, c.library, static_cast<double>(a.n), contains(operation, "backward") ? 12.0 : 8.0});
      measure(benchmark_name(title, operation, c.library), work);
    }
    benchmark::RunSpecifiedBenchmarks(&output.reporter);
    benchmark::ClearRegisteredBenchmarks();
  }
  print(title, entries, output);
}

}  // namespace

int main(int argc, char** argv) {
  report::initialize(argc, argv);
  report::Output output("peers");
  Contestants all;
  add_rectify(all);
  add_eigen(all);
  add_plain(all);
#ifdef PEERS_ATEN
  add_aten(all);
#endif
#ifdef PEERS_ONEDNN
  add_onednn(all);
#endif
#ifdef PEERS_XNNPACK
  add_xnnpack(all);
#endif
#ifdef PEERS_TINY_DNN
  add_tiny_dnn(all);
#endif
#ifdef PEERS_DLIB
  add_dlib(all);
#endif
  std::printf("%-44s %12s %8s %8s\n", "", "ns/element", "/ ours", "/ copy");
  std::fprintf(output.table,
               "# The same work by other libraries\n\nfloat, one thread; medians of interleaved repetitions. "
               "Reproduce with `./dev peers`.\n");
  run("4 Ki elements (L1 cache)", 4096, all, output);
  run("64 Ki elements (L2 cache)", 65536, all, output);
  run("1 Mi elements (L3 cache)", 1 << 20, all, output);
  run("64 Mi elements (memory)", 64 << 20, all, output);
}
