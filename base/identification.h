// Which characters may stand in numbers and in names. Two numbers that look the same on paper have to be the same
// number, and a name has to read as it is; so numbers take few characters, and nothing takes characters that nobody
// sees.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.h"
#include "base/toml.h"

namespace etalon::base {

// In characters, not bytes.
inline constexpr std::size_t longest_identification = 100;
inline constexpr std::size_t longest_name = 300;
inline constexpr std::size_t longest_description = 1000;

// What is wrong with a number or an identification (of a certificate, an instrument, a laboratory), in a sentence with
// the character's code point. Allowed: A–Z, a–z, 0–9, Chinese ideographs, single blanks between others, and the signs
// -_/.,:#&+ ()[] and their Chinese forms （）〔〕【】. No other full-width forms, no letters of other scripts, which
// look like Latin ones. An empty text is not stated, and has no fault.
std::optional<std::string> fault_of_identification(std::string_view text);

// The first blank of well-formed UTF-8 that looks like U+0020 and is another character ("U+00A0"), or a line end or tab
// within the text, nullopt when there is none. Around the text they are only the form of a file.
std::optional<std::string> odd_blank(std::string_view text);

// The same for a name, an address, a title: one line of visible characters of any script, not only blanks.
std::optional<std::string> fault_of_name(std::string_view text, std::size_t longest = longest_name);

// Of a configuration file; FileError says where. The ones that end in _or_none may be left out.
std::string identification(const TomlTable& table, const std::string& key);
std::string identification_or_none(const TomlTable& table, const std::string& key);
std::string name(const TomlTable& table, const std::string& key);
std::string name_or_none(const TomlTable& table, const std::string& key);
std::vector<std::string> names(const TomlTable& table, const std::string& key);  // an array of texts, or one
LocalText local_name(const TomlTable& table, const std::string& key, std::size_t longest = longest_name);
LocalText local_name_or_none(const TomlTable& table, const std::string& key, std::size_t longest = longest_name);

}  // namespace etalon::base
