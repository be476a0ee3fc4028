// Compiled into every program of a build with sanitizers: leaks that are none of ours.
// - fontconfig and pango keep their caches of fonts until the process ends;
// - libtirpc loses 16 bytes when a program registers with the port mapper (a simulated VXI-11 instrument).
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libpango\nleak:__rpc_uaddr2taddr_af\n";
}
