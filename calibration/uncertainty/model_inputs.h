// The inputs of a model file as quantities: those that come from files of `--components`, and whose identities are one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/toml.h"
#include "calibration/uncertainty/input_quantity.h"
#include "calibration/uncertainty/model_file.h"
#include "calibration/uncertainty/uncertain_number.h"

namespace etalon::calibration {

// Two inputs are one quantity when both state one identity, in this file or another, and say the same of it. An
// identity that is not stated belongs to this evaluation alone.
class ModelInputs {
 public:
  // `evaluation` tells this evaluation from all others (evaluation_id). Keeps a reference to `other_file`.
  ModelInputs(const OtherFile& other_file, std::string evaluation)
      : other_file_(other_file), evaluation_(std::move(evaluation)) {}

  // An input with `from`. `name` is the input's, and its quantity's unless the table says another.
  InputQuantity read(const base::TomlTable& table, const std::string& name);
  // An input of the model's own gets its identity. Unit and name are set before.
  void identify(const base::TomlTable& table, InputQuantity& input) const;
  // Once all inputs were read: FileError where one identity is said of different quantities, naming both places, or an
  // input has merely the name of a component.
  void check_own_input(const base::TomlTable& table, const InputQuantity& input);

  // What a person must know of the numbers that were read.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct File {
    std::vector<UncertainNumber> numbers;
    bool old = false;                            // it does not say whose its identities are
    std::string digest;                          // of its text
    std::map<std::string, std::string> refused;  // results it could not hold: their names and why
  };
  struct Known {
    double degrees_of_freedom = infinite;
    std::shared_ptr<const StatedQuantity> stated;
    std::string place;  // "as a component of 'R_1' from resistors.json", "model.toml:12:1"
  };
  struct Part {
    std::string identity;
    std::string place;
    std::string digest;  // of the file
  };
  struct Old {
    std::string path;
    std::string digest;
  };

  const File& file(const std::string& path);
  void check_components(const base::TomlTable& table, const UncertainNumber& number, const File& file);
  void check_same(const base::TomlTable& table, const char* key, const std::string& identity, double degrees_of_freedom,
                  const std::shared_ptr<const StatedQuantity>& stated, const Known& known) const;
  [[noreturn]] void refuse_old(const base::TomlTable& table, const char* key, const std::string& identity,
                               const std::string& one, const std::string& other) const;

  const OtherFile& other_file_;
  std::string evaluation_;
  std::map<std::string, File> files_;
  std::map<std::string, Known> known_;  // by identity
  // By quantity, of which a component may be a part.
  std::map<std::string, Part> parts_;
  std::map<std::string, Old> old_;  // by identity as it stands in an old file
  std::vector<std::string> notes_;
};

// "day-1.toml, 3f2c90ab14de": of the file's name and of all that stands in it and in the files it takes inputs from. An
// unchanged file evaluated again is the same evaluation; a file of another name, or with one digit changed, is another.
std::string evaluation_id(const std::string& text, const std::string& file_name, const OtherFile& other_file);

}  // namespace etalon::calibration
