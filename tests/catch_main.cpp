#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// libtirpc itself loses 16 bytes when a program registers with the port mapper (a simulated VXI-11 instrument).
extern "C" const char* __lsan_default_suppressions() {
  return "leak:__rpc_uaddr2taddr_af\n";
}
