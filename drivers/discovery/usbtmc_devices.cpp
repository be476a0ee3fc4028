#include "drivers/discovery/usbtmc_devices.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/language.h"
#include "drivers/links/address.h"

namespace etalon::drivers {

namespace {

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

std::vector<FoundInstrument> find_usbtmc_devices(const std::string& device_folder, const std::string& class_folder) {
  std::vector<FoundInstrument> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(device_folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("usbtmc", 0) != 0 || name.find_first_not_of("0123456789", 6) != std::string::npos ||
        name == "usbtmc")
      continue;
    FoundInstrument device;
    device.way = "usbtmc";
    device.address = format_address(UsbtmcAddress{entry.path().string()});
    // …/usbtmcN/device is the interface; the texts of the device stand in the folder above it.
    const auto interface = std::filesystem::canonical(class_folder + "/" + name + "/device", failed);
    if (!failed) {
      const auto usb = interface.parent_path();
      const std::string vendor = first_line(usb / "idVendor");
      const std::string product = first_line(usb / "idProduct");
      if (!vendor.empty()) device.facts.emplace_back("usb", vendor + ":" + product);
      for (const auto& [fact, file] :
           {std::pair{"maker", "manufacturer"}, {"product", "product"}, {"serial", "serial"}}) {
        if (const std::string text = first_line(usb / file); !text.empty()) device.facts.emplace_back(fact, text);
      }
    }
    if (::access(entry.path().c_str(), R_OK | W_OK) != 0)
      device.facts.emplace_back("note", base::tr("no permission to use it (a udev rule is needed)"));
    found.push_back(std::move(device));
  }
  std::sort(found.begin(), found.end(),
            [](const FoundInstrument& a, const FoundInstrument& b) { return a.address < b.address; });
  return found;
}

}  // namespace etalon::drivers
