// Where configurations are: --configs, $ETALON_CONFIGS, ./configs, the installed share folder.
#pragma once

#include <string>

namespace etalon::app {

// The folder; InputError when none of the four exists (or the one given by hand does not).
std::string configs_folder(const std::string& given);

// "demo" or a path: a name is looked up as FOLDER/KIND/NAME.toml. InputError lists the names that exist.
std::string configuration_path(const std::string& configs, const std::string& kind, const std::string& name);

}  // namespace etalon::app
