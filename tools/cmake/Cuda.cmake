# SPDX-License-Identifier: BSD-3-Clause
# Makes CUDA a language of the build and lists the sources that nvcc compiles: those that reach
# Kokkos, found by the same reading of #include lines that checks the layers.

# The virtual architecture must match the one of Kokkos, which adds its own -arch flag.
set(CMAKE_CUDA_ARCHITECTURES OFF)
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  # Two calls in Kokkos 4.7.00's headers; harmless with newer ones.
  string(APPEND CMAKE_CUDA_FLAGS " -include ${PROJECT_SOURCE_DIR}/tools/cmake/cuda13_kokkos.hpp")
endif()

find_package(Python3 REQUIRED COMPONENTS Interpreter)
execute_process(COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/check_layers.py --kokkos-sources
  OUTPUT_VARIABLE kokkos_sources OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" SHEARWATER_KOKKOS_SOURCES "${kokkos_sources}")
list(TRANSFORM SHEARWATER_KOKKOS_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/)
