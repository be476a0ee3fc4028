#include "drivers/links/replay_link.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

std::string address_of(const std::vector<TranscriptEntry>& session) {
  std::string address;
  for (const TranscriptEntry& entry : session) {
    if (!address.empty() && entry.address != address)
      throw base::InputError(
          filled(tr("the recorded session has two addresses, {0} and {1}; expected one"), address, entry.address));
    address = entry.address;
  }
  if (address.empty()) throw base::InputError(tr("the recorded session is empty"));
  return address;
}

}  // namespace

ReplayLink::ReplayLink(const std::vector<TranscriptEntry>& session, const LinkOptions& options)
    : Link(address_of(session), options) {
  for (const TranscriptEntry& entry : session) {
    if (entry.direction != Direction::note) session_.push_back(entry);
  }
}

void ReplayLink::open_device(const Deadline&) {
  open_ = true;
}

std::size_t ReplayLink::send_device(std::string_view bytes, const Deadline&) {
  if (at_end() || session_[next_].direction != Direction::sent)
    throw error(Fault::link_lost, "", filled(tr("nothing was sent here in the recorded session")));
  const std::string_view recorded = std::string_view(session_[next_].bytes).substr(offset_);
  const std::size_t size = std::min(bytes.size(), recorded.size());
  if (bytes.substr(0, size) != recorded.substr(0, size))
    throw error(Fault::link_lost, "", filled(tr("\"{}\" was sent here in the recorded session"), printable(recorded)));
  offset_ += size;
  if (offset_ == session_[next_].bytes.size()) ++next_, offset_ = 0;
  return size;
}

std::size_t ReplayLink::receive_device(char* data, std::size_t size, const Deadline&) {
  if (at_end() || session_[next_].direction != Direction::received) return 0;
  const std::string_view recorded = std::string_view(session_[next_].bytes).substr(offset_);
  const std::size_t count = std::min(size, recorded.size());
  std::memcpy(data, recorded.data(), count);
  offset_ += count;
  if (offset_ == session_[next_].bytes.size()) ++next_, offset_ = 0;
  return count;
}

}  // namespace etalon::drivers
