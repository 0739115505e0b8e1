include(GoogleTest)

# vlr_library(<folder> SOURCES ... [DEPS public...] [PRIVATE_DEPS ...]): the library vlr_<folder> of src/<folder>.
function(vlr_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(vlr_${folder} STATIC ${ARG_SOURCES})
  target_include_directories(vlr_${folder} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(vlr_${folder} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

# vlr_test(<folder> SOURCES ... [DEPS ...] [LABELS ...]): the unit tests of src/<folder>, as <folder>_test.
# VLR_TEST_DATA names integration-tests/data, VLR_SOURCE_DIR the checkout.
function(vlr_test folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${folder}_test ${ARG_SOURCES})
  target_link_libraries(${folder}_test PRIVATE vlr_${folder} ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${folder}_test PRIVATE
    VLR_TEST_DATA="${CMAKE_SOURCE_DIR}/integration-tests/data" VLR_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${folder}_test PROPERTIES LABELS "unit;${ARG_LABELS}" DISCOVERY_TIMEOUT 60)
endfunction()

# vlr_fuzzer(<name> <folder> SOURCES ...): a libFuzzer program, built by the fuzz preset only.
function(vlr_fuzzer name folder)
  if(NOT VLR_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vlr_${folder})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
