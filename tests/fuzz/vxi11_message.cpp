// XDR of the VXI-11 calls, and records of ONC RPC.
#include "drivers/links/vxi11_messages.h"
#include "drivers/links/vxi11_rpc.h"
#include "tests/fuzz/property.h"

using namespace etalon;
using namespace etalon::drivers::vxi11;

namespace {

template <typename Message>
void round_trip(const std::string& bytes) {
  const auto message = decode<Message>(bytes);
  if (!message) return;
  const std::string written = encode(*message);
  const auto again = decode<Message>(written);
  fuzz::must(again.has_value(), "an encoded message can be decoded");
  fuzz::must(encode(*again) == written, "it says the same");
}

void check_records(const std::string& bytes) {
  drivers::RpcRecords records;
  // In two pieces, as they come from a stream.
  records.append(std::string_view(bytes).substr(0, bytes.size() / 2));
  std::size_t total = 0;
  const auto take = [&] {
    while (const auto record = records.next()) {
      total += record->size();
      fuzz::must(total <= bytes.size(), "records hold no more than came");
      const auto call = drivers::decode_rpc_call(*record);
      if (!call) continue;
      drivers::RpcRecords own;
      own.append(drivers::encode_rpc_call(*call));
      const auto copy = own.next();
      fuzz::must(copy.has_value(), "an encoded call is a record");
      const auto again = drivers::decode_rpc_call(*copy);
      fuzz::must(again && again->id == call->id && again->program == call->program && again->version == call->version &&
                     again->procedure == call->procedure && again->arguments == call->arguments,
                 "a call reads back as the same");
    }
  };
  try {
    take();
    records.append(std::string_view(bytes).substr(bytes.size() / 2));
    take();
  } catch (const drivers::RpcError&) {
    return;  // a record too long
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes = fuzz::text_of(data + 1, size - 1);
  switch (data[0] % 14) {
    case 0:
      round_trip<CreateLink>(bytes);
      break;
    case 1:
      round_trip<LinkCreated>(bytes);
      break;
    case 2:
      round_trip<Write>(bytes);
      break;
    case 3:
      round_trip<Written>(bytes);
      break;
    case 4:
      round_trip<Read>(bytes);
      break;
    case 5:
      round_trip<WasRead>(bytes);
      break;
    case 6:
      round_trip<Generic>(bytes);
      break;
    case 7:
      round_trip<StatusByte>(bytes);
      break;
    case 8:
      round_trip<EnableServiceRequest>(bytes);
      break;
    case 9:
      round_trip<InterruptChannel>(bytes);
      break;
    case 10:
      round_trip<ServiceRequest>(bytes);
      break;
    case 11:
      round_trip<LinkNumber>(bytes);
      break;
    case 12:
      round_trip<Outcome>(bytes);
      break;
    default:
      check_records(bytes);
  }
  return 0;
}
