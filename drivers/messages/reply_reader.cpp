#include "drivers/messages/reply_reader.h"

#include <algorithm>
#include <utility>

#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/messages/block.h"
#include "drivers/messages/conversation.h"

namespace etalon::drivers {

using base::tr;
using std::chrono::steady_clock;

namespace {

milliseconds until(SteadyTime moment) {
  return std::max(std::chrono::ceil<milliseconds>(moment - steady_clock::now()), milliseconds{0});
}

}  // namespace

ReplyReader::ReplyReader(Conversation& conversation, const QueryOptions& options)
    : conversation_(conversation), options_(options) {
  const ReplyLimits whole = conversation.limits(options);
  end_ = steady_clock::now() + whole.first_byte + whole.whole;
}

ReplyLimits ReplyReader::limits(std::optional<milliseconds> first_byte) const {
  ReplyLimits part = conversation_.limits(options_);
  if (first_byte) {
    part.first_byte = *first_byte;
  } else {
    part.first_byte = std::min(part.first_byte, until(end_));
    part.whole = std::min(part.whole, until(end_));
  }
  part.max_size -= std::min(part.max_size, size_);
  return part;
}

std::string ReplyReader::message(std::optional<milliseconds> first_byte) {
  if (rest_) return *std::exchange(rest_, std::nullopt);
  std::string text = conversation_.link_->read_until(conversation_.settings_.read_terminator, limits(first_byte));
  size_ += text.size();
  ++lines_;
  conversation_.check_not_of_proof(text);
  return text;
}

std::string ReplyReader::line(std::optional<milliseconds> first_byte) {
  std::string text = message(first_byte);
  if (!conversation_.link_->signals_end()) return text;
  const std::string& terminator = conversation_.settings_.read_terminator;
  const std::size_t end = text.find(terminator);
  if (end == std::string::npos) return text;
  rest_ = text.substr(end + terminator.size());
  return text.substr(0, end);
}

std::string ReplyReader::take(std::size_t count) {
  if (count > rest_->size())
    throw conversation_.link_->error(
        Fault::truncated_reply, *rest_,
        filled(tr("the message ended after {0} bytes, expected {1}"), rest_->size(), count));
  std::string bytes = rest_->substr(0, count);
  rest_->erase(0, count);
  return bytes;
}

std::string ReplyReader::exact(std::size_t count) {
  if (rest_) return take(count);
  std::string bytes = conversation_.link_->read_exact(count, limits(std::nullopt));
  size_ += count;
  return bytes;
}

std::string ReplyReader::read_counted_block(const ReplyLimits& allowed) {
  Link& link = *conversation_.link_;
  // The limit is on the data; the few bytes of the header come on top.
  ReplyLimits part = allowed;
  part.max_size += 32;
  std::string header;
  const auto read = [&](std::size_t count) {
    std::string bytes = rest_ ? take(count) : link.read_exact(count, part);
    part.first_byte = part.between_bytes;
    if (header.size() < 2) header += bytes;
    return bytes;
  };
  try {
    return read_block(read, allowed.max_size);
  } catch (const BlockError& error) {
    if (header == "#0" && link.signals_end()) return read_endless_block(part);
    throw link.error(error.too_large() ? Fault::oversized_reply : Fault::unexpected_reply,
                     error.header() + (link.sends_unasked() ? link.read_waiting() : ""), error.what());
  }
}

// Up to END; the terminator before it is no part of the data (IEEE 488.2, 8.7.10).
std::string ReplyReader::read_endless_block(const ReplyLimits& allowed) {
  if (rest_) return *std::exchange(rest_, std::nullopt);
  return conversation_.link_->read_until(conversation_.settings_.read_terminator, allowed);
}

void ReplyReader::end_block(const ReplyLimits& allowed) {
  Link& link = *conversation_.link_;
  if (link.signals_end()) return finish();
  if (options_.block_ending == BlockEnding::none) return;
  ReplyLimits ending = allowed;
  ending.first_byte = allowed.between_bytes;
  ending.max_size = 256;
  std::string rest;
  try {
    rest = link.read_until(conversation_.settings_.read_terminator, ending);
  } catch (const InstrumentError& error) {
    if (options_.block_ending == BlockEnding::either && error.fault() == Fault::timeout) return;
    throw;
  }
  if (!rest.empty())
    throw link.error(Fault::unexpected_reply, rest,
                     filled(tr("{} bytes between the block and its terminator"), rest.size()));
}

std::string ReplyReader::block() {
  const ReplyLimits allowed = limits(std::nullopt);
  std::string data = read_counted_block(allowed);
  size_ += data.size();
  end_block(allowed);
  return data;
}

void ReplyReader::finish() {
  Link& link = *conversation_.link_;
  std::string rest = rest_ ? *std::exchange(rest_, std::nullopt) : std::string();
  if (link.inside_message()) {
    ReplyLimits ending = limits(std::nullopt);
    ending.first_byte = ending.between_bytes;
    ending.max_size = std::max<std::size_t>(ending.max_size, 256);
    rest += link.read_until(conversation_.settings_.read_terminator, ending);
  }
  if (!rest.empty()) throw link.error(Fault::unsolicited_input, rest, tr("bytes follow the reply"));
}

}  // namespace etalon::drivers
