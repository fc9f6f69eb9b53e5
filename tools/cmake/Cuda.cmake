# SPDX-License-Identifier: BSD-3-Clause
# Makes CUDA a language of the build and lists the sources that nvcc compiles: those that reach
# Kokkos, found by the same reading of #include lines that checks the layers.

# Kokkos says for which GPU it was built, below; until it is found, none.
set(CMAKE_CUDA_ARCHITECTURES OFF)
enable_language(CUDA)
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc has it
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
endif()
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
