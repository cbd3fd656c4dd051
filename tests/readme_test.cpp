// What README says is true: its table names every activation of the list, in its order.
#include <cases.hpp>
#include <filesystem>
#include <fstream>
#include <regex>

namespace {

std::vector<std::string> matches(const std::string& file, const std::regex& pattern) {
  std::ifstream in(std::filesystem::path(RECTIFY_SOURCE) / file);
  EXPECT_TRUE(in) << file;
  std::vector<std::string> found;
  std::smatch match;
  for (std::string line; std::getline(in, line);)
    if (std::regex_search(line, match, pattern)) found.push_back(match[1]);
  return found;
}

/// LeakyReLU of leaky_relu.hpp: the header's RECTIFY_ACTIVATION or RECTIFY_CHANNELWISE line has the name.
std::vector<std::string> listed() {
  std::vector<std::string> names;
  for (const std::string& header :
       matches("include/rectify/activations.hpp", std::regex("#include <(rectify/activations/.*)>"))) {
    const auto bound = matches("include/" + header, std::regex("^RECTIFY_[A-Z]+\\((\\w+)[,)]"));
    EXPECT_EQ(bound.size(), 1u) << header;
    names.insert(names.end(), bound.begin(), bound.end());
  }
  return names;
}

TEST(Readme, TableMatchesList) {
  auto names = listed(), rows = matches("README.md", std::regex("^\\| `([A-Z]\\w+)[`(]"));
  std::sort(names.begin(), names.end());
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(names, rows);
}

/// The errors in the last column are the bounds that accuracy is tested with.
TEST(Readme, TableStatesTheErrors) {
  testing_tools::for_each_case_of<float>([&](const auto& act) {
    const std::string name = act.name.substr(0, act.name.find('('));
    const auto cell = [&](const char* numbers) {
      return matches("README.md", std::regex("^\\| `" + name + "[`(].*\\| " + numbers + "( \\*)? \\|$"));
    };
    const auto value = cell("([0-9.]+), [0-9.]+"), derivative = cell("[0-9.]+, ([0-9.]+)");
    ASSERT_EQ(value.size(), 1u) << name;
    EXPECT_EQ(std::stod(value[0]), act.accuracy.single.value) << name;
    EXPECT_EQ(std::stod(derivative[0]), act.accuracy.single.derivative) << name;
  });
}

TEST(Readme, EveryListedActivationIsTested) {
  std::string tested = "PReLU GLU ReGLU GEGLU SwiGLU ";  // prelu_test.cpp, gated_test.cpp
  testing_tools::for_each_case_of<float>([&](const auto& act) { tested += act.name + " "; });
  for (const std::string& name : listed())
    EXPECT_TRUE(std::regex_search(tested, std::regex("\\b" + name + "\\b"))) << name;
}

}  // namespace
