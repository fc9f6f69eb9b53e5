# SPDX-License-Identifier: BSD-3-Clause
# shearwater_module(NAME SOURCES a.cpp ... LINKS targets...): the static library shearwater::NAME.

add_library(shearwater_options INTERFACE)
# Contraction of a*b+c into one rounding depends on the compiler's mood; the promised bits may not.
target_compile_options(shearwater_options INTERFACE -Wall -Wextra -Wshadow -ffp-contract=off)
# The folder of the clone is in no object file, so that a second clone makes (and ccache finds) the same.
target_compile_options(shearwater_options INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(SHEARWATER_CPU)
  target_compile_options(shearwater_options INTERFACE -march=${SHEARWATER_CPU})
endif()
if(SHEARWATER_WERROR)
  target_compile_options(shearwater_options INTERFACE -Werror)
endif()
target_include_directories(shearwater_options INTERFACE ${PROJECT_SOURCE_DIR}/include)

function(shearwater_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(shearwater_${name} STATIC ${ARG_SOURCES})
  add_library(shearwater::${name} ALIAS shearwater_${name})
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/shearwater/${name}/*.hpp)
  target_sources(shearwater_${name} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
  target_include_directories(shearwater_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(shearwater_${name} PUBLIC shearwater_options ${ARG_LINKS}
    PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()
