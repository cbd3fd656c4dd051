# The header-only target and its package.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(rectify INTERFACE)
add_library(rectify::rectify ALIAS rectify)
target_compile_features(rectify INTERFACE cxx_std_17)
target_include_directories(rectify INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# Installed, rectify-config.cmake links them: fetched ones are in no export set.
target_link_libraries(rectify INTERFACE $<BUILD_INTERFACE:Eigen3::Eigen> $<BUILD_INTERFACE:xsimd>)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/rectify)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/rectify-config.cmake.in rectify-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(rectify-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/rectify DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS rectify EXPORT rectify-targets)
install(EXPORT rectify-targets NAMESPACE rectify:: DESTINATION ${package_dir})
install(FILES ${CMAKE_CURRENT_LIST_DIR}/rectify-dependencies.cmake
              ${PROJECT_BINARY_DIR}/rectify-config.cmake ${PROJECT_BINARY_DIR}/rectify-config-version.cmake
        DESTINATION ${package_dir})
