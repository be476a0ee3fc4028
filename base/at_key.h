// What is wrong with the value of a key, said with its place in the file.
#pragma once

#include <string>

#include "base/error.h"
#include "base/toml.h"

namespace etalon::base {

// Runs `make`; its InputError becomes a FileError at `key`.
template <class Make>
auto at_key(const TomlTable& table, const std::string& key, Make make) {
  try {
    return make();
  } catch (const FileError&) {
    throw;
  } catch (const InputError& error) {
    table.fail(key, error.what());
  }
}

}  // namespace etalon::base
