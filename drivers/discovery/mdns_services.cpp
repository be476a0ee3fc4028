#include "drivers/discovery/mdns_services.h"

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-common/address.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-common/simple-watch.h>

#include <array>
#include <memory>
#include <utility>

#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

constexpr std::array<const char*, 4> service_types{"_lxi._tcp", "_vxi-11._tcp", "_hislip._tcp", "_scpi-raw._tcp"};
constexpr int between_looks = 50;  // ms

// What the callbacks of one search share.
struct Search {
  AvahiClient* client = nullptr;
  std::vector<MdnsService> services;
  int browsing = 0;   // browsers that have not told all yet
  int resolving = 0;  // services whose host is not known yet
  bool lost = false;  // the daemon went away
};

struct SimplePollReleaser {
  void operator()(AvahiSimplePoll* poll) const { ::avahi_simple_poll_free(poll); }
};
struct ClientReleaser {  // frees its browsers and resolvers, too
  void operator()(AvahiClient* client) const { ::avahi_client_free(client); }
};

void resolved(AvahiServiceResolver* resolver, AvahiIfIndex, AvahiProtocol, AvahiResolverEvent event, const char* name,
              const char* type, const char*, const char*, const AvahiAddress* address, std::uint16_t port,
              AvahiStringList* texts, AvahiLookupResultFlags, void* given) {
  Search& search = *static_cast<Search*>(given);
  --search.resolving;
  if (event == AVAHI_RESOLVER_FOUND && address != nullptr) {
    std::array<char, AVAHI_ADDRESS_STR_MAX> host{};
    ::avahi_address_snprint(host.data(), host.size(), address);
    MdnsService service{name, type, host.data(), port, {}};
    for (AvahiStringList* at = texts; at != nullptr; at = ::avahi_string_list_get_next(at)) {
      char* key = nullptr;
      char* value = nullptr;
      if (::avahi_string_list_get_pair(at, &key, &value, nullptr) != 0) continue;
      if (value != nullptr) service.texts[key] = value;
      ::avahi_free(key);
      ::avahi_free(value);
    }
    search.services.push_back(std::move(service));
  }
  ::avahi_service_resolver_free(resolver);
}

void browsed(AvahiServiceBrowser*, AvahiIfIndex interface, AvahiProtocol protocol, AvahiBrowserEvent event,
             const char* name, const char* type, const char* domain, AvahiLookupResultFlags, void* given) {
  Search& search = *static_cast<Search*>(given);
  if (event == AVAHI_BROWSER_NEW) {
    // By IPv4: VXI-11 knows no other.
    if (::avahi_service_resolver_new(search.client, interface, protocol, name, type, domain, AVAHI_PROTO_INET,
                                     AvahiLookupFlags{}, &resolved, given) != nullptr)
      ++search.resolving;
  } else if (event == AVAHI_BROWSER_ALL_FOR_NOW || event == AVAHI_BROWSER_FAILURE) {
    --search.browsing;
  }
}

void changed(AvahiClient*, AvahiClientState state, void* given) {
  if (state == AVAHI_CLIENT_FAILURE) static_cast<Search*>(given)->lost = true;
}

}  // namespace

MdnsSearch find_mdns_services(const Deadline& deadline) {
  Search search;
  const std::unique_ptr<AvahiSimplePoll, SimplePollReleaser> poll(::avahi_simple_poll_new());
  if (!poll) return {tr("no memory"), {}};
  int failure = 0;
  const std::unique_ptr<AvahiClient, ClientReleaser> client(
      ::avahi_client_new(::avahi_simple_poll_get(poll.get()), AvahiClientFlags{}, &changed, &search, &failure));
  if (!client) return {filled(tr("the Avahi daemon does not run ({})"), ::avahi_strerror(failure)), {}};
  search.client = client.get();
  for (const char* type : service_types) {
    if (::avahi_service_browser_new(client.get(), AVAHI_IF_UNSPEC, AVAHI_PROTO_INET, type, nullptr, AvahiLookupFlags{},
                                    &browsed, &search) != nullptr)
      ++search.browsing;
  }
  while (!deadline.passed() && !search.lost && (search.browsing > 0 || search.resolving > 0)) {
    if (deadline.cancellation) deadline.cancellation->check();
    if (::avahi_simple_poll_iterate(poll.get(), between_looks) != 0) break;
  }
  return {"", search.services};
}

std::vector<FoundInstrument> instruments_of(const std::vector<MdnsService>& services) {
  std::map<std::string, FoundInstrument> by_address;
  std::map<std::string, bool> has_link;  // by host
  const auto described = [](const MdnsService& service, const std::string& address) {
    FoundInstrument found{"mdns", address, {{"name", service.name}}};
    for (const auto& [fact, key] : {std::pair{"maker", "Manufacturer"},
                                    {"model", "Model"},
                                    {"serial", "SerialNumber"},
                                    {"firmware", "FirmwareVersion"}}) {
      if (const auto text = service.texts.find(key); text != service.texts.end() && !text->second.empty())
        found.facts.emplace_back(fact, text->second);
    }
    return found;
  };
  for (const MdnsService& service : services) {
    std::string address;
    if (service.type == "_scpi-raw._tcp") {
      address = format_address(SocketAddress{service.host, service.port});
    } else if (service.type == "_hislip._tcp") {
      address = format_address(HislipAddress{service.host, "hislip0", service.port});
    } else if (service.type == "_vxi-11._tcp") {
      address = format_address(Vxi11Address{service.host, "inst0"});
    } else {
      continue;
    }
    has_link[service.host] = true;
    by_address.emplace(address, described(service, address));
  }
  std::vector<FoundInstrument> found;
  for (auto& [address, instrument] : by_address)
    found.push_back(std::move(instrument));
  for (const MdnsService& service : services) {
    if (service.type != "_lxi._tcp" || has_link[service.host]) continue;
    has_link[service.host] = true;
    FoundInstrument page = described(service, "");
    page.facts.emplace_back("web page", "http://" + service.host + ":" + std::to_string(service.port));
    found.push_back(std::move(page));
  }
  return found;
}

}  // namespace etalon::drivers
