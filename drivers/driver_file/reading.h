// Reading the parts of a driver file from TOML; FileError says where. Used by the parsers of this folder only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/toml.h"
#include "drivers/driver_file.h"

namespace etalon::drivers {

MessageTemplate template_at(const std::string& text, const base::Position& position);
// A message without places; a doubled brace is a brace. Not empty.
std::string plain_message(const base::TomlTable& table, const std::string& key, const std::string& text);
std::string plain_message(const base::TomlTable& table, const std::string& key);
bool has_place(const MessageTemplate& reply, const std::string& place);
// { send, reply, takes, complete }
Exchange exchange_from(const base::TomlTable& table);
// An array of messages and of such tables, or one of them alone.
std::vector<Exchange> exchanges_from(const base::TomlTable& table, const std::string& key);
std::optional<Exchange> exchange_if_any(const base::TomlTable& table, const std::string& key);
std::string unit_from(const base::TomlTable& table);
// Upper ends of ranges, smallest first; none when the key is missing.
std::vector<double> ranges_from(const base::TomlTable& table);
// Rows of numbers with `least` to `most` columns, filled up with 0.
std::vector<std::vector<double>> rows_from(const base::TomlTable& table, std::size_t least, std::size_t most,
                                           const char* columns);

// [sources.bands]; `reach` is the largest |value|.
Bands bands_from(const base::TomlTable& source, double reach);
// [sources.limits.NAME] and [measures.limits.NAME].
LimitsByName source_limits_from(const base::TomlTable& table, const Source& source);
LimitsByName measure_limits_from(const base::TomlTable& table, const Measure& measure);
std::vector<Accuracy> accuracies_from(const base::TomlTable& owner);
Measure measure_from(const base::TomlTable& table);
Source source_from(const base::TomlTable& table);
LinkSettings link_from(const base::TomlTable& table);
IdentityMessage identity_from(const base::TomlTable& table);
ErrorQueue errors_from(const base::TomlTable& table);
SafeState safe_state_from(const base::TomlTable& table);
std::vector<ReplyFault> faults_from(const base::TomlTable& root);
std::map<std::string, Setting> settings_from(const base::TomlTable& root);
// [status], a register whose bits are flags, and [flags.NAME].
std::map<std::string, Flag> flags_from(const base::TomlTable& root);

}  // namespace etalon::drivers
