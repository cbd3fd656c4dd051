// How a call refuses bad input: std::invalid_argument, or stderr and abort where exceptions are off.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace rectify::eigen {

/// Names a public call in messages: rectify::LeakyReLU::backward.
struct Call {
  const char* activation;
  const char* function;
};

[[noreturn]] inline void fail(Call call, const std::string& problem) {
  const std::string message =
      std::string("rectify::") + call.activation + "::" + call.function + ": " + problem;
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
  throw std::invalid_argument(message);
#else
  std::fprintf(stderr, "%s\n", message.c_str());
  std::abort();
#endif
}

}  // namespace rectify::eigen
