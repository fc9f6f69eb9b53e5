# SPDX-License-Identifier: BSD-3-Clause
# Finds the libraries. What the site offers (CMAKE_PREFIX_PATH, modules, Spack) always wins; the
# cache that tools/setup fills is the last place looked at.

set(SHEARWATER_CACHE_KOKKOS "" CACHE PATH "Kokkos that tools/setup built; tools/build passes it")
set(SHEARWATER_CACHE_TORCH "" CACHE PATH "LibTorch that tools/setup installed; tools/build passes it")

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(PkgConfig REQUIRED)
set(MPI_CXX_SKIP_MPICXX ON)  # the C interface only: the C++ bindings were removed from MPI
find_package(MPI REQUIRED COMPONENTS C CXX)

# Parallel HDF5: Debian keeps serial and parallel builds side by side, so pkg-config is asked first.
if(NOT HDF5_ROOT AND NOT DEFINED ENV{HDF5_ROOT})
  pkg_check_modules(SHEARWATER_HDF5 QUIET IMPORTED_TARGET hdf5-openmpi)
endif()
add_library(shearwater_hdf5 INTERFACE)
if(TARGET PkgConfig::SHEARWATER_HDF5)
  target_link_libraries(shearwater_hdf5 INTERFACE PkgConfig::SHEARWATER_HDF5)
else()
  set(HDF5_PREFER_PARALLEL ON)
  find_package(HDF5 REQUIRED COMPONENTS C)
  if(NOT HDF5_IS_PARALLEL)
    message(FATAL_ERROR "HDF5 at ${HDF5_INCLUDE_DIRS} is a serial build: install or load a parallel "
      "one (Debian: libhdf5-openmpi-dev) or name it in CMAKE_PREFIX_PATH")
  endif()
  target_link_libraries(shearwater_hdf5 INTERFACE hdf5::hdf5)
endif()

if(SHEARWATER_HDF5_VERSION STREQUAL "")
  set(SHEARWATER_HDF5_VERSION ${HDF5_VERSION})
endif()
pkg_check_modules(FFTWF REQUIRED IMPORTED_TARGET fftw3f)
pkg_check_modules(FFTW REQUIRED IMPORTED_TARGET fftw3)
pkg_check_modules(CFITSIO REQUIRED IMPORTED_TARGET cfitsio)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED)
find_package(tomlplusplus QUIET)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)
find_path(STB_INCLUDE NAMES stb_image_write.h PATH_SUFFIXES stb REQUIRED)

if(SHEARWATER_CUDA)
  include(Cuda)
endif()
find_package(Kokkos 4.4...<6 QUIET)
if(NOT Kokkos_FOUND AND SHEARWATER_CACHE_KOKKOS)
  find_package(Kokkos 4.4...<6 REQUIRED PATHS ${SHEARWATER_CACHE_KOKKOS} NO_DEFAULT_PATH)
  # Not kept: another CPU or compiler has another folder in the cache.
  unset(Kokkos_DIR CACHE)
endif()
if(NOT Kokkos_FOUND)
  message(FATAL_ERROR "Kokkos 4.4 to 5 was not found: run tools/setup, or name an installation "
    "in CMAKE_PREFIX_PATH")
endif()
if(SHEARWATER_CUDA)
  if(NOT Kokkos_DEVICES MATCHES "CUDA")
    message(FATAL_ERROR "the Kokkos at ${Kokkos_DIR} has no CUDA: run tools/setup --cuda, or name "
      "one with CUDA in CMAKE_PREFIX_PATH")
  endif()
  set(CMAKE_CUDA_ARCHITECTURES ${Kokkos_CUDA_ARCHITECTURES})
endif()

if(SHEARWATER_LEARN)
  include(Torch)
endif()
message(STATUS "Kokkos ${Kokkos_VERSION} (${Kokkos_DEVICES}) from ${Kokkos_DIR}")
