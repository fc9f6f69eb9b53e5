# SPDX-License-Identifier: BSD-3-Clause
# shearwater_module(NAME SOURCES a.cpp ... LINKS targets...): the static library shearwater::NAME.

add_library(shearwater_options INTERFACE)
# Contraction of a*b+c into one rounding depends on the compiler's mood; the promised bits may not.
# The folder of the clone is in no object file, so that a second clone makes (and ccache finds) the same.
set(shearwater_flags -Wall -Wextra -Wshadow -ffp-contract=off -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC's own AVX-512 header leaves a register undefined, on purpose, and GCC 12 reports it wherever it
  # is inlined (GCC bug 105593): in Eigen, and in our products of words. Without AVX-512 the warnings stay.
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_FLAGS "")
  if(SHEARWATER_CPU)
    set(CMAKE_REQUIRED_FLAGS "-march=${SHEARWATER_CPU}")
  endif()
  check_cxx_source_compiles("#ifndef __AVX512F__\n#error none\n#endif\nint main() {}" "shearwater_avx512_${SHEARWATER_CPU}")
  unset(CMAKE_REQUIRED_FLAGS)
  if(shearwater_avx512_${SHEARWATER_CPU})
    list(APPEND shearwater_flags -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
endif()
if(SHEARWATER_CPU)
  list(APPEND shearwater_flags -march=${SHEARWATER_CPU})
endif()
if(SHEARWATER_WERROR)
  list(APPEND shearwater_flags -Werror)
endif()
string(REPLACE ";" "," shearwater_host_flags "${shearwater_flags}")
target_compile_options(shearwater_options INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX,C>:${shearwater_flags}>"
  "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=${shearwater_host_flags}>")
# nvcc 13.0 cannot run the check of format strings while compiling that fmt 9 does.
target_compile_definitions(shearwater_options INTERFACE 
  "$<$<COMPILE_LANGUAGE:CUDA>:FMT_CONSTEVAL=;FMT_USE_CONSTEXPR=1>")
target_include_directories(shearwater_options INTERFACE ${PROJECT_SOURCE_DIR}/include)

# shearwater_languages(FILES...): marks the sources that reach Kokkos as CUDA where that is asked for.
# The rest stays with the host's compiler, which cannot parse a Kokkos with CUDA; nvcc in turn is
# spared LibTorch and toml++.
function(shearwater_languages)
  if(NOT SHEARWATER_CUDA)
    return()
  endif()
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    if(source IN_LIST SHEARWATER_KOKKOS_SOURCES)
      set_source_files_properties(${source} PROPERTIES LANGUAGE CUDA)
    endif()
  endforeach()
endfunction()

function(shearwater_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(shearwater_${name} STATIC ${ARG_SOURCES})
  shearwater_languages(${ARG_SOURCES})
  add_library(shearwater::${name} ALIAS shearwater_${name})
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/shearwater/${name}/*.hpp)
  target_sources(shearwater_${name} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
  target_include_directories(shearwater_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(shearwater_${name} PUBLIC shearwater_options ${ARG_LINKS}
    PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()
