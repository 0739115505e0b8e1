if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "vl-rerank is built with clang: gcc 12 miscompiles Asio coroutines. Use a preset.")
endif()

find_program(VLR_CCACHE ccache)
if(VLR_CCACHE)
  # Another checkout of the same sources finds the same entries.
  set(vlr_launcher ${CMAKE_COMMAND} -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros "${VLR_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER ${vlr_launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${vlr_launcher})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                    -Wimplicit-fallthrough -Werror)
# A coroutine may resume on another thread, but clang 16 keeps the address of an inlined __thread variable across the
# suspension: Asio would then recycle memory through the other thread's list. pthread_getspecific is called anew.
add_compile_definitions(BOOST_ASIO_DISABLE_THREAD_KEYWORD_EXTENSION)
# Pixels and logits are compared bit for bit: a fused multiply-add would round once where the reference rounds twice.
add_compile_options(-ffp-contract=off)
if(VLR_MARCH)
  add_compile_options("-march=${VLR_MARCH}")
endif()
add_link_options(-fuse-ld=lld)

if(VLR_FUZZERS)
  # Without it libFuzzer sees no coverage of the libraries and searches blindly.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(VLR_SANITIZE)
  add_compile_options("-fsanitize=${VLR_SANITIZE}" -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options("-fsanitize=${VLR_SANITIZE}")
else()
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
