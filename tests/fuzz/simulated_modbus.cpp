// Requests of Modbus clients to the simulator's server: over TCP or, by the first byte, a serial line. The rest is what
// the client sends.
#include "drivers/links/modbus_frame.h"
#include "drivers/simulation/modbus_server.h"
#include "tests/fuzz/property.h"

using namespace etalon;
using namespace etalon::drivers;

namespace {

// Brings its bytes once; then it ends the server's waiting as a cancellation does.
class BytesPort : public ServerPort {
 public:
  BytesPort(bool serial, std::string bytes) : serial_(serial), bytes_(std::move(bytes)) {}
  std::string address() const override {
    return serial_ ? "ASRL/dev/pts/0::9600-8N1::INSTR" : "TCPIP::127.0.0.1::1::SOCKET";
  }
  std::size_t read(char* data, std::size_t size, const base::Cancellation&) override {
    if (bytes_.empty()) throw base::InterruptedError("no more");
    const std::size_t count = std::min(size, bytes_.size());
    bytes_.copy(data, count);
    bytes_.erase(0, count);
    return count;
  }
  bool write(std::string_view bytes, const base::Cancellation&) override {
    fuzz::must(bytes.size() <= 260, "an answer is no longer than Modbus allows");
    if (serial_) {
      fuzz::must(bytes.size() >= 4, "an answer has a checksum");
    } else {
      fuzz::must(
          bytes.size() >= 8 &&
              static_cast<unsigned char>(bytes[4]) * 256u + static_cast<unsigned char>(bytes[5]) + 6 == bytes.size(),
          "an answer has the size that it says");
    }
    return true;
  }
  void drop_client() override {}
  void close() override {}

 private:
  bool serial_;
  std::string bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::vector<RegisterMessage> messages;
  for (const char* text : {"read holding 40 float32", "write holding 10 float32 {value}", "read input 3 int16 2",
                           "read coil 5 bool", "write coil 5 bool {value}", "read holding 100 text 8"})
    messages.push_back(parse_register_message(text));
  ModbusServer server(std::make_unique<BytesPort>(data[0] & 1, fuzz::text_of(data + 1, size - 1)), 1, messages);
  const base::Cancellation never;
  try {
    for (;;) {
      char buffer[256];
      const std::size_t count = server.read(buffer, sizeof buffer, never);
      if (count == 0) continue;
      const std::string line(buffer, count);
      fuzz::must(line.ends_with('\n'), "the instrument hears whole lines");
      ModbusMessage message;
      const char* reply = "no such value\n";  // what is written may be none, such as nan
      if (fuzz::is_accepted([&] { message = parse_modbus_message(line.substr(0, line.size() - 1)); })) {
        reply = message.is_write                              ? "ok\n"
                : message.range.of_bits()                     ? "1\n"
                : message.range.type == RegisterType::float32 ? "21.83\n"
                : message.range.type == RegisterType::text    ? "AB-12\n"
                                                              : "1,-2\n";
      }
      server.write(reply, never);
    }
  } catch (const base::InterruptedError&) {
    return 0;
  }
}
