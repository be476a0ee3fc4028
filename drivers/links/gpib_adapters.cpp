#include "drivers/links/gpib_adapters.h"

#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/prologix_adapter.h"
#include "drivers/links/prologix_link.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

std::shared_ptr<PrologixAdapter> make_adapter(const GpibAdapterDescription& description) {
  const std::string name = "GPIB" + std::to_string(description.board);
  const Address address = parse_address(description.address);
  const bool serial = std::holds_alternative<SerialAddress>(address);
  if (!serial && !std::holds_alternative<SocketAddress>(address))
    throw InputError(
        filled(tr("adapter {0}: address \"{1}\": expected a socket or a serial line"), name, description.address));
  if (description.kind != "prologix" && description.kind != "ar488")
    throw InputError(
        filled(tr("adapter {0}: unknown kind \"{1}\", expected prologix or ar488"), name, description.kind));
  const bool ar488 = description.kind == "ar488";
  PrologixSettings settings;
  settings.address = address;
  settings.command_pause = description.command_pause.value_or(milliseconds{0});
  settings.boot_time = description.boot_time.value_or(ar488 && serial ? milliseconds{2000} : milliseconds{0});
  settings.read_time = description.read_time.value_or(milliseconds{1000});
  if (settings.read_time < milliseconds{100} || settings.read_time > milliseconds{3000})
    throw InputError(filled(tr("adapter {}: the time of a read must be between 100 ms and 3 s"), name));
  settings.serial = serial;
  settings.ar488 = ar488;
  return std::make_shared<PrologixAdapter>(settings);
}

}  // namespace

GpibAdapters::GpibAdapters(const std::vector<GpibAdapterDescription>& descriptions) {
  for (const GpibAdapterDescription& description : descriptions) {
    if (!adapters_.emplace(description.board, make_adapter(description)).second)
      throw InputError(filled(tr("two adapters are named GPIB{}"), description.board));
  }
}

GpibAdapters::~GpibAdapters() = default;

std::unique_ptr<Link> GpibAdapters::make_link(const GpibAddress& address, const LinkOptions& options) const {
  const auto found = adapters_.find(address.board);
  if (found == adapters_.end())
    throw InputError(
        filled(tr("address \"{0}\": no adapter is named GPIB{1}"), format_address(address), address.board));
  return std::make_unique<PrologixLink>(found->second, address, options);
}

}  // namespace etalon::drivers
