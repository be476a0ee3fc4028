// A bench file's text with other addresses, all else as written: comments and order stay.
#pragma once

#include <map>
#include <string>

namespace etalon::drivers::simulation {

// Replaces `address` in each table [instruments.NAME] that `addresses` names, in each [adapters.NAME] that `adapters`
// names, and `hand` in [simulation] (added when it is missing). InputError when such a table or key is not written on a
// line of its own.
std::string with_addresses(const std::string& bench_text, const std::map<std::string, std::string>& addresses,
                           const std::string& hand, const std::map<std::string, std::string>& adapters = {});

}  // namespace etalon::drivers::simulation
