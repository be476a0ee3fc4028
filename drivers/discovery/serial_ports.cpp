#include "drivers/discovery/serial_ports.h"

#include <fmt/format.h>
#include <libserialport.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "drivers/links/address.h"

namespace etalon::drivers {

namespace {

struct ListReleaser {
  void operator()(sp_port** list) const { ::sp_free_port_list(list); }
};

}  // namespace

std::string lasting_device_name(const std::string& device, const std::string& by_id_folder) {
  std::error_code failed;
  const auto meant = std::filesystem::canonical(device, failed);
  if (failed) return device;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(by_id_folder, failed)) {
    std::error_code broken;
    if (std::filesystem::canonical(entry.path(), broken) == meant && !broken) names.push_back(entry.path().string());
  }
  return names.empty() ? device : *std::min_element(names.begin(), names.end());
}

std::vector<FoundInstrument> find_serial_ports(const std::string& by_id_folder) {
  sp_port** list = nullptr;
  if (::sp_list_ports(&list) != SP_OK) return {};
  const std::unique_ptr<sp_port*, ListReleaser> held(list);
  std::vector<FoundInstrument> found;
  for (sp_port** at = list; *at != nullptr; ++at) {
    const char* name = ::sp_get_port_name(*at);
    if (name == nullptr) continue;
    FoundInstrument port;
    port.way = "serial port";
    const std::string device = lasting_device_name(name, by_id_folder);
    port.address = format_address(SerialAddress{device, {}});
    if (device != name) port.facts.emplace_back("device", name);
    const auto add = [&](const char* fact, const char* value) {
      if (value != nullptr && *value != '\0') port.facts.emplace_back(fact, value);
    };
    int vendor = 0;
    int product = 0;
    if (::sp_get_port_usb_vid_pid(*at, &vendor, &product) == SP_OK)
      port.facts.emplace_back("usb", fmt::format("{:04x}:{:04x}", vendor, product));
    add("maker", ::sp_get_port_usb_manufacturer(*at));
    add("product", ::sp_get_port_usb_product(*at));
    add("serial", ::sp_get_port_usb_serial(*at));
    const char* description = ::sp_get_port_description(*at);
    if (description != nullptr && std::filesystem::path(name).filename() != description)
      add("description", description);
    found.push_back(std::move(port));
  }
  std::sort(found.begin(), found.end(),
            [](const FoundInstrument& a, const FoundInstrument& b) { return a.address < b.address; });
  return found;
}

}  // namespace etalon::drivers
