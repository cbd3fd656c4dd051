// A Google Benchmark reporter: progress, a table per section relative to ReLU and to a copy, a report, JSON.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace report {

/// One contender; bytes moved per element tell what a copy of the same bytes would cost.
struct Row {
  std::string name;
  double elements, bytes;
  bool backward;
};

struct Section {
  std::string title;
  std::vector<Row> rows;
};

struct Result {
  double ns;        // per element
  double per_copy;  // relative to a copy of the same bytes
  double per_relu;  // relative to ReLU in the same direction
};

inline double median(std::vector<double> v) {
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

/// Collects the repetitions of a section and passes everything on to JSON.
class Reporter : public benchmark::BenchmarkReporter {
 public:
  explicit Reporter(const std::string& json_file) : stream_(json_file) { json_.SetOutputStream(&stream_); }

  bool ReportContext(const Context& context) override {
    if (!started_) json_.ReportContext(context);
    started_ = true;
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    json_.ReportRuns(runs);
    for (const Run& run : runs)
      if (run.run_type == Run::RT_Iteration)
        times_[run.run_name.function_name].push_back(run.GetAdjustedRealTime());
  }
  void finish() { json_.Finalize(); }

  /// Median seconds-per-call in the benchmark's time unit (ns).
  double time(const std::string& name) const {
    const auto found = times_.find(name);
    return found == times_.end() ? 0 : median(found->second);
  }

 private:
  std::ofstream stream_;
  benchmark::JSONReporter json_;
  bool started_ = false;
  std::map<std::string, std::vector<double>> times_;
};

/// Google Benchmark with repetitions in random order. Ends the program where --help is asked for, so it comes
/// before the last report is overwritten.
inline void initialize(int argc, char** argv) {
  std::string interleaving = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, interleaving.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
}

/// What a program writes: name.json, .md and .tsv.
struct Output {
  std::FILE *table, *chart;
  Reporter reporter;

  explicit Output(const std::string& name)
      : table(open(name + ".md")), chart(open(name + ".tsv")), reporter(name + ".json") {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    reporter.finish();
    std::fclose(table);
    std::fclose(chart);
  }

 private:
  static std::FILE* open(const std::string& name) {
    std::FILE* file = std::fopen(name.c_str(), "w");
    if (file == nullptr) {
      std::perror(name.c_str());
      std::exit(1);
    }
    return file;
  }
};

inline std::string benchmark_name(const Section& section, const Row& row) {
  return section.title + "/" + (row.backward ? "backward" : "forward") + "/" + row.name;
}

/// The table of a section to the terminal, to the report and, as rows of tab-separated values, for the chart.
inline void print(const Section& section, const Output& output) {
  const auto ns = [&](const Row& row) {
    return output.reporter.time(benchmark_name(section, row)) / row.elements;
  };
  const auto find = [&](const std::string& name, bool backward) {
    const auto row = std::find_if(section.rows.begin(), section.rows.end(),
                                  [&](const Row& r) { return r.name == name && r.backward == backward; });
    return row == section.rows.end() ? 0.0 : ns(*row);
  };
  const double copy = find("memcpy", false) / 8;
  for (std::FILE* out : {stdout, output.table}) {
    const bool markdown = out == output.table;
    if (markdown)
      std::fprintf(
          out, "\n## %s\n\n| | ns/element | GB/s | / ReLU | / copy |\n| --- | ---: | ---: | ---: | ---: |\n",
          section.title.c_str());
    else
      std::fprintf(out, "\r%-44s %10s %7s %8s %8s\n", section.title.c_str(), "ns/element", "GB/s", "/ ReLU",
                   "/ copy");
    for (const Row& row : section.rows) {
      const double time = ns(row), relu = find("ReLU", row.backward);
      if (time == 0) continue;  // left out by --benchmark_filter
      const std::string name = std::string(row.backward ? "backward " : "forward  ") + row.name;
      std::fprintf(out,
                   markdown ? "| %s | %.4f | %.1f | %.2f | %.2f |\n" : "  %-42s %10.4f %7.1f %8.2f %8.2f\n",
                   name.c_str(), time, row.bytes / time, time / relu, time / row.bytes / copy);
      if (markdown)
        std::fprintf(output.chart, "%s\t%s\t%s\t%.4f\t%.4f\n", section.title.c_str(),
                     row.backward ? "backward" : "forward", row.name.c_str(), time / relu,
                     time / row.bytes / copy);
    }
    std::fflush(out);
  }
  std::fflush(output.chart);
}

}  // namespace report
