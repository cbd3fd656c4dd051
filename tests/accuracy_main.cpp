// ./dev accuracy: the largest error of every activation over all floats, and over a dense walk through the
// doubles.
#include <unistd.h>

#include <accuracy.hpp>
#include <atomic>
#include <cinttypes>
#include <mutex>
#include <random>
#include <thread>

namespace {

using namespace accuracy;

constexpr Eigen::Index block = 1 << 16;

/// Blocks [0, count) over all cores, with a progress bar on a terminal.
template <class Body>
void for_all_blocks(const std::string& name, std::size_t count, const Body& body) {
  std::atomic<std::size_t> next{0};
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto work = [&](bool shows) {
    for (std::size_t i; (i = next++) < count;) {
      body(i);
      if (shows && i % 64 < 8) {
        const int done = static_cast<int>(40 * i / count);
        std::fprintf(stderr, "\r%-22s [%-40.*s]", name.c_str(), done,
                     "########################################");
      }
    }
  };
  std::vector<std::thread> others;
  for (unsigned k = 1; k < std::thread::hardware_concurrency(); ++k) others.emplace_back(work, false);
  work(terminal);
  for (std::thread& other : others) other.join();
  if (terminal) std::fprintf(stderr, "\r%66s\r", "");
}

/// Every `step`th of the 2^32 floats.
void fill(Array<float>& x, std::size_t i, std::size_t step, const std::vector<float>&) {
  for (Eigen::Index k = 0; k < block; ++k)
    x[k] = number<float>((i * block + static_cast<std::size_t>(k)) * step);
}
/// Random bit patterns, and of each scale that matters random numbers and neighbourhoods of the ends of exp's
/// range.
void fill(Array<double>& x, std::size_t i, std::size_t, const std::vector<double>& factors) {
  std::mt19937_64 random(i);
  std::uniform_real_distribution<double> unit(-1, 1);
  const double scales[] = {0.5, 3, 8, 24, 45, 800};
  for (double& v : x) {
    const std::uint64_t kind = random() % 16;
    if (kind < 4)
      v = number<double>(random());
    else if (kind < 12)
      v = scales[random() % 6] * unit(random);
    else if (kind < 14)
      v = std::ldexp(unit(random), -static_cast<int>(random() % 60));
    else
      v = (random() % 2 == 0 ? -745.13 : -708.4) + unit(random) * 3;
    if (kind >= 4) v *= factors[random() % factors.size()];
  }
}

template <class T, class Op>
bool run(const Op& op, std::size_t blocks, std::size_t step = 1) {
  Measured<T> worst;
  std::mutex mutex;
  const auto factors = op.template scales<T>();
  for_all_blocks(op.name, blocks, [&](std::size_t i) {
    thread_local Array<T> x(block);
    fill(x, i, step, factors);
    const Measured<T> measured = measure(op, x);
    const std::lock_guard lock(mutex);
    worst.add(measured);
  });
  const auto& bounds = op.accuracy.template of<T>();
  const bool good = worst.value.ulp <= bounds.value && worst.derivative.ulp <= bounds.derivative;
  std::printf("%-22s %-6s %6.3f at %-24.17g %6.3f at %-24.17g%s\n", op.name.c_str(),
              sizeof(T) == 4 ? "float" : "double", worst.value.ulp, static_cast<double>(worst.value.at),
              worst.derivative.ulp, static_cast<double>(worst.derivative.at),
              good ? "" : "  BEYOND ITS BOUND");
  std::fflush(stdout);
  return good;
}

}  // namespace

/// Arguments: the name of an activation, or none for all.
int main(int argc, char** argv) {
  const std::string only = argc > 1 ? argv[1] : "";
  std::string last;
  bool good = true;
  std::printf("%-22s %-6s %-34s %s\n", "largest error in ULP", "", "f", "f'");
  op_table::for_each_op([&](const auto& op) {
    const std::string name = op.name.substr(0, op.name.find('('));
    if (!only.empty() && name != only) return;
    // All floats with the first parameters of an activation, every 61st with the others.
    const std::size_t step = name == last ? 61 : 1;
    last = name;
    good &= run<float>(op, (std::size_t{1} << 32) / block / step, step);
    good &= run<double>(op, 256);
  });
  return good ? 0 : 1;
}
