# What nearly every source includes, parsed once instead of some hundred times.
#
# Tests always have it. The floors have it with ETALON_PRECOMPILED_HEADERS alone (preset sanitize): in the presets dev
# and release, sources see nothing but what they include themselves, so that a missing include shows.
option(ETALON_PRECOMPILED_HEADERS "Precompile the headers that nearly every source of the floors includes" OFF)

# For a compiler cache, GCC has to keep the precompiled header's name in the preprocessed text.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()

set(etalon_common_headers <algorithm> <array> <chrono> <cmath> <cstdint> <filesystem> <functional> <iostream> <map>
    <memory> <mutex> <optional> <set> <string> <string_view> <thread> <vector> <fmt/format.h>)

# etalon_precompile(TARGET HEADERS...): makes the precompiled header that others take with REUSE_FROM TARGET.
function(etalon_precompile target)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp "")
  add_library(${target} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  target_link_libraries(${target} PRIVATE fmt::fmt Threads::Threads)
  target_precompile_headers(${target} PRIVATE ${ARGN})
endfunction()

if(ETALON_PRECOMPILED_HEADERS)
  # Avahi's flags define it, and all that share a precompiled header must agree.
  add_compile_definitions(_REENTRANT)
  etalon_precompile(precompiled_floors ${etalon_common_headers})
  function(etalon_floor_headers floor)
    target_precompile_headers(${floor} REUSE_FROM precompiled_floors)
  endfunction()
else()
  function(etalon_floor_headers floor)
  endfunction()
endif()
