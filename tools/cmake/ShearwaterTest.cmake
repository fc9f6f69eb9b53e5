# SPDX-License-Identifier: BSD-3-Clause
# shearwater_test(NAME SOURCES a.cpp ... LINKS targets... [RANKS 1 2 3 4] [LABELS unit] [TIMEOUT s])
# makes one executable and one ctest entry per rank count: NAME, or NAME_RANKSranks.

find_path(CATCH2_INCLUDE NAMES catch2/catch_all.hpp catch2/catch.hpp REQUIRED)
find_package(Catch2 REQUIRED)

function(shearwater_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINKS;RANKS;LABELS;ARGS" ${ARGN})
  if(NOT ARG_RANKS)
    set(ARG_RANKS 1)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  shearwater_languages(${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE shearwater_test_main ${ARG_LINKS})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests UNITY_BUILD ON)
  foreach(ranks ${ARG_RANKS})
    set(entry ${name})
    list(LENGTH ARG_RANKS many)
    if(many GREATER 1 OR ranks GREATER 1)
      set(entry ${name}_${ranks}ranks)
    endif()
    shearwater_ctest(${entry} RANKS ${ranks} TIMEOUT ${ARG_TIMEOUT} LABELS ${ARG_LABELS}
      COMMAND $<TARGET_FILE:${name}> ${ARG_ARGS})
  endforeach()
endfunction()

# shearwater_ctest(ENTRY RANKS n TIMEOUT s LABELS l... COMMAND program args...): a command started on
# n ranks through tools/launch, with the environment that every test gets. One rank has two threads,
# several have one each; waiting threads sleep, so that tests side by side do not slow each other.
function(shearwater_ctest entry)
  cmake_parse_arguments(ARG "" "RANKS;TIMEOUT" "LABELS;COMMAND" ${ARGN})
  if(NOT ARG_RANKS)
    set(ARG_RANKS 1)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set(threads 1)
  if(ARG_RANKS EQUAL 1)
    set(threads 2)
  endif()
  add_test(NAME ${entry}
    COMMAND ${PROJECT_SOURCE_DIR}/tools/launch -n ${ARG_RANKS} ${ARG_COMMAND})
  set_tests_properties(${entry} PROPERTIES TIMEOUT ${ARG_TIMEOUT} PROCESSORS ${ARG_RANKS}
    LABELS "${ARG_LABELS}" SKIP_RETURN_CODE 77
    ENVIRONMENT "OMP_NUM_THREADS=${threads};OMP_WAIT_POLICY=passive;SHEARWATER_TEST_RANKS=${ARG_RANKS};SHEARWATER_CALL_LIMIT=1024;SHEARWATER_PROGRAM=${PROJECT_BINARY_DIR}/shearwater;SHEARWATER_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()

# shearwater_script(ENTRY TIMEOUT s PROCESSORS n LABELS l... COMMAND script args...): a script that starts
# the program itself, as a user would.
function(shearwater_script entry)
  cmake_parse_arguments(ARG "" "TIMEOUT;PROCESSORS" "LABELS;COMMAND" ${ARGN})
  add_test(NAME ${entry} COMMAND ${ARG_COMMAND})
  set_tests_properties(${entry} PROPERTIES TIMEOUT ${ARG_TIMEOUT} PROCESSORS ${ARG_PROCESSORS}
    LABELS "${ARG_LABELS}" SKIP_RETURN_CODE 77
    ENVIRONMENT "SHEARWATER_PROGRAM=${PROJECT_BINARY_DIR}/shearwater;SHEARWATER_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()
