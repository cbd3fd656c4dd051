# Where a package is not installed, -DRECTIFY_FETCH=ON takes its sources, pinned by commit.
option(RECTIFY_FETCH "Download dependencies that are not installed" OFF)
if(NOT RECTIFY_FETCH)
  return()
endif()

cmake_minimum_required(VERSION 3.25)  # for SYSTEM, without which their warnings are ours
include(FetchContent)
set(FETCHCONTENT_TRY_FIND_PACKAGE_MODE OPT_IN)
set(INSTALL_GTEST OFF)
set(BENCHMARK_ENABLE_TESTING OFF)
set(BENCHMARK_ENABLE_INSTALL OFF)
set(EIGEN_BUILD_TESTING OFF)

# rectify_fetch(package repository commit): unless find_package finds it.
function(rectify_fetch package repository commit)
  find_package(${package} CONFIG QUIET GLOBAL)
  if(NOT ${package}_FOUND)
    message(STATUS "Fetching ${package}")
    FetchContent_Declare(${package} GIT_REPOSITORY ${repository} GIT_TAG ${commit} GIT_PROGRESS ON SYSTEM)
    FetchContent_MakeAvailable(${package})
  endif()
endfunction()

rectify_fetch(Eigen3 https://gitlab.com/libeigen/eigen.git bc3b39870ecb690a623a3f49149a358b95c5781d)  # 5.0.1
rectify_fetch(xsimd https://github.com/xtensor-stack/xsimd.git e88a72831858123924f7118f345dfe5d70d95991)  # 14.3.0
if(RECTIFY_TESTS)
  rectify_fetch(GTest https://github.com/google/googletest.git 52eb8108c5bdec04579160ae17225d66034bd723)  # 1.17.0
endif()
if(RECTIFY_BENCHMARKS)
  rectify_fetch(benchmark https://github.com/google/benchmark.git 192ef10025eb2c4cdd392bc502f0c852196baa48)  # 1.9.5
endif()
