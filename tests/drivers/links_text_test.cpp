// Addresses, escaped bytes, faults, blocks, transcripts.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>
#include <thread>

#include "drivers/links/address.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/instrument_error.h"
#include "drivers/links/transcript.h"
#include "drivers/messages/block.h"

using namespace etalon;
using namespace etalon::drivers;
using Catch::Matchers::Contains;

TEST_CASE("addresses are read and written in VISA's form") {
  const auto serial = std::get<SerialAddress>(parse_address("ASRL/dev/ttyUSB0::2400-7E2-XONXOFF::INSTR"));
  CHECK(serial.device == "/dev/ttyUSB0");
  CHECK(serial.settings == SerialSettings{2400, 7, Parity::even, 2, FlowControl::xon_xoff});
  const auto socket = std::get<SocketAddress>(parse_address("TCPIP::[fe80::1%eth0]::5025::SOCKET"));
  CHECK(socket.host == "fe80::1%eth0");
  CHECK(socket.port == 5025);

  const std::vector<std::pair<std::string, std::string>> canonical = {
      {"ASRL/dev/ttyUSB0::9600-8N1::INSTR", "ASRL/dev/ttyUSB0::9600-8N1::INSTR"},
      {"asrl/dev/ttyUSB0::INSTR", "ASRL/dev/ttyUSB0::9600-8N1::INSTR"},
      {"ASRL/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0::115200-8o1-rtscts::instr",
       "ASRL/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0::115200-8O1-RTSCTS::INSTR"},
      {"TCPIP::127.0.0.1::5025::SOCKET", "TCPIP::127.0.0.1::5025::SOCKET"},
      {"tcpip0::meter-1.lab::1::socket", "TCPIP::meter-1.lab::1::SOCKET"},
      {"TCPIP::[::1]::65535::SOCKET", "TCPIP::[::1]::65535::SOCKET"},
      {"TCPIP::host::INSTR", "TCPIP::host::inst0::INSTR"},
      {"tcpip0::192.168.1.7::gpib0,5::instr", "TCPIP::192.168.1.7::gpib0,5::INSTR"},
      {"TCPIP::host::hislip0::INSTR", "TCPIP::host::hislip0::INSTR"},
      {"TCPIP::[::1]::hislip0,4881::INSTR", "TCPIP::[::1]::hislip0,4881::INSTR"},
      {"TCPIP::host::hislip1,4880::INSTR", "TCPIP::host::hislip1::INSTR"},
      {"usbtmc/dev/usbtmc0::INSTR", "USBTMC/dev/usbtmc0::INSTR"},
      {"GPIB::0::INSTR", "GPIB0::0::INSTR"},
      {"gpib1::22::5::instr", "GPIB1::22::5::INSTR"},
      {"MODBUS::host::UNIT0", "MODBUS::host::502::UNIT0"},
      {"modbus::[::1]::1502::unit255", "MODBUS::[::1]::1502::UNIT255"},
      {"MODBUS/dev/ttyUSB0::9600-8e1::UNIT1", "MODBUS/dev/ttyUSB0::9600-8E1::UNIT1"}};
  for (const auto& [text, expected] : canonical) {
    CHECK(format_address(parse_address(text)) == expected);
    CHECK(parse_address(expected) == parse_address(text));
  }
}

TEST_CASE("wrong addresses are refused with what was expected") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty address"},
      {"COM1", "not a known kind"},
      {"ASRL1::INSTR", "path of the serial port"},
      {"ASRL/dev/ttyS1", "expected ASRL/dev"},
      {"ASRL/dev/ttyS1::9600::INSTR", "bits, parity and stop bits are missing"},
      {"ASRL/dev/ttyS1::9600-8N1", "expected ASRL/dev"},
      {"ASRL/dev/ttyS1::9600-9N1::INSTR", "5 to 8 data bits"},
      {"ASRL/dev/ttyS1::9600-8X1::INSTR", "parity is one of"},
      {"ASRL/dev/ttyS1::9600-8N3::INSTR", "1 or 2 stop bits"},
      {"ASRL/dev/ttyS1::9600-8N1-FOO::INSTR", "flow control"},
      {"ASRL/dev/ttyS1::-9600-8N1::INSTR", "baud rate"},
      {"ASRL/dev/ttyS1::96e2-8N1::INSTR", "baud rate"},
      {"TCPIP::host::SOCKET", "expected TCPIP::host::5025::SOCKET"},
      {"TCPIP::host::0::SOCKET", "not a TCP port"},
      {"TCPIP::host::65536::SOCKET", "not a TCP port"},
      {"TCPIP::host::50 25::SOCKET", "not a TCP port"},
      {"TCPIP::::5025::SOCKET", "not a host name"},
      {"TCPIP::ho st::5025::SOCKET", "not a host name"},
      {"TCPIP::[::1::5025::SOCKET", "expected TCPIP"},
      {"TCPIPX::host::5025::SOCKET", "not a known kind"},
      {"TCPIP::host::in st::INSTR", "not the name of a device"},
      {"TCPIP::host::::INSTR", "not the name of a device"},
      {"TCPIP::host::inst0::7::INSTR", "expected TCPIP::host::inst0::INSTR"},
      {"TCPIP::host::hislip0,0::INSTR", "not a TCP port"},
      {"TCPIP::host::hislip0,::INSTR", "not a TCP port"},
      {"USBTMC::INSTR", "expected USBTMC/dev/usbtmc0::INSTR"},
      {"USB0::0x0957::0x0607::MY1::INSTR", "as in USBTMC/dev/usbtmc0::INSTR"},
      {"GPIB0::31::INSTR", "not a GPIB address, expected 0 to 30"},
      {"GPIB0::22::31::INSTR", "not a GPIB address"},
      {"GPIB0::22", "expected GPIB0::22::INSTR"},
      {"PROLOGIX::host::22", "GPIB0::22::INSTR"},
      {"MODBUS::host::502::1", "not a Modbus unit, expected UNIT0 to UNIT255"},
      {"MODBUS::host::502::UNIT256", "not a Modbus unit"},
      {"MODBUS::host::0::UNIT1", "not a TCP port"},
      {"MODBUS/dev/ttyUSB0::UNIT1", "expected MODBUS/dev/ttyUSB0::9600-8E1::UNIT1"},
      {"MODBUS/dev/ttyUSB0::9600-8E1::UNIT0", "not a Modbus unit, expected UNIT1 to UNIT247"},
      {"MODBUS/dev/ttyUSB0::9600::UNIT1", "bits, parity and stop bits are missing"}};
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK_THROWS_WITH(parse_address(text), Contains(expected));
    CHECK_THROWS_AS(parse_address(text), base::InputError);
  }
}

TEST_CASE("escaped bytes are printable and read back exactly") {
  CHECK(escape_bytes("READ?\r\n") == "READ?\\r\\n");
  CHECK(escape_bytes("a\"b\\c\t") == "a\\\"b\\\\c\\t");
  CHECK(escape_bytes(std::string_view("\0\xb0\x7f", 3)) == "\\x00\\xB0\\x7F");
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial) {
    std::string bytes(random() % 300, '\0');
    for (char& c : bytes)
      c = static_cast<char>(random());
    const std::string text = escape_bytes(bytes);
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }));
    REQUIRE(unescape_bytes(text) == bytes);
  }
  for (const char* wrong : {"\\", "a\\q", "\\x1", "\\x1g", "\\x"})
    CHECK_THROWS_WITH(unescape_bytes(wrong), Contains("unknown escape at character"));
  CHECK(printable(std::string(1000, 'x'), 10) == "xxxxxxxxxx… (1000 bytes)");
}

TEST_CASE("fault names are stable, and an error says everything") {
  for (int i = 0; i <= static_cast<int>(Fault::safe_state_failed); ++i) {
    const auto fault = static_cast<Fault>(i);
    CHECK(parse_fault(fault_name(fault)) == fault);
  }
  CHECK(fault_name(Fault::stale_reply) == "late-reply");
  CHECK(fault_name(Fault::timeout) == "time-out");
  CHECK_THROWS_AS(parse_fault("lateness"), base::InputError);
  const InstrumentError error(Fault::timeout, {"meter", "TCPIP::10.0.0.5::5025::SOCKET", "READ?\n", ""},
                              "nothing came within 5 s");
  CHECK(error.exit_code() == base::ExitCode::instrument);
  CHECK_THAT(error.what(), Catch::Matchers::StartsWith(
                               "meter at TCPIP::10.0.0.5::5025::SOCKET: time-out: nothing came within 5 s; sent "
                               "\"READ?\\n\", received \"\"; check that"));
  CHECK(error.sent() == "READ?\\n");
  const InstrumentError bounded(Fault::oversized_reply, {"", "A", "Q", std::string(100000, '\xff')}, "");
  CHECK(std::string(bounded.what()).size() < 1500);
}

namespace {

// Reads from a text, as a link would.
std::string read_from(std::string text, std::size_t max_size = 1000) {
  return read_block(
      [&](std::size_t count) {
        if (count > text.size()) throw std::runtime_error("short");
        const std::string part = text.substr(0, count);
        text.erase(0, count);
        return part;
      },
      max_size);
}

}  // namespace

TEST_CASE("blocks") {
  CHECK(read_from("#15a\nb\r\n") == "a\nb\r\n");
  CHECK(read_from("#800000003abc") == "abc");
  CHECK(read_from("#10") == "");
  CHECK(read_from("#A0000000003abc") == "abc");
  CHECK(read_from("#(3)abc") == "abc");
  CHECK_THROWS_WITH(read_from("#0abc\n"), Contains("indefinite"));
  CHECK_THROWS_WITH(read_from("+1.5"), Contains("expected \"#\""));
  CHECK_THROWS_WITH(read_from("#x"), Contains("number of digits"));
  CHECK_THROWS_WITH(read_from("#21xabc"), Contains("digits of the length"));
  CHECK_THROWS_WITH(read_from("#()abc"), Contains("digits of the length"));
  CHECK_THROWS_WITH(read_from("#(12345678901234567)"), Contains("digits of the length"));
  CHECK_THROWS_WITH(read_from("#3100abc"), Contains("short"));
  CHECK_THROWS_WITH(read_from("#41001"), Contains("at most 1000"));
  CHECK_THROWS_WITH(read_from("#F999999999999999"), Contains("at most 1000"));
  CHECK(parse_block("#3003a\nb\n") == "a\nb");
  CHECK(parse_block("#13abc") == "abc");
  CHECK_THROWS_WITH(parse_block("#13abcd"), Contains("follow the block"));
  CHECK_THROWS_WITH(parse_block("#15abc\n"), Contains("truncated block"));
  CHECK_THROWS_WITH(parse_block("#"), Contains("truncated block"));
  CHECK(definite_block(std::string(100, 'x')).substr(0, 6) == "#3100x");
  CHECK(parse_block(definite_block("#\n\0"), "\r\n") == "#\n");
  std::string every;
  for (int i = 0; i < 256; ++i)
    every += static_cast<char>(i);
  CHECK(parse_block(definite_block(every) + "\n") == every);
}

TEST_CASE("a transcript is bounded in memory and complete in its file") {
  const auto path = std::filesystem::temp_directory_path() / ("transcript-" + std::to_string(::getpid()) + ".jsonl");
  std::filesystem::remove(path);
  {
    Transcript transcript(20 * 64);
    transcript.log_to(path.string());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&transcript, t] {
        std::mt19937 random(static_cast<unsigned>(t));
        for (int i = 0; i < 50; ++i) {
          std::string bytes(random() % 40, '\0');
          for (char& c : bytes)
            c = static_cast<char>(random());
          transcript.record(i % 2 ? Direction::sent : Direction::received, "link " + std::to_string(t), bytes);
        }
      });
    }
    for (std::thread& thread : threads)
      thread.join();
    const auto latest = transcript.entries();
    CHECK(latest.size() == 20);
    CHECK(transcript.file_error().empty());
    const auto all = read_transcript(path.string());
    REQUIRE(all.size() == 200);
    CHECK(std::vector<TranscriptEntry>(all.end() - 20, all.end()) == latest);  // exact, bytes and times
    CHECK(
        std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.monotonic < b.monotonic; }));
    CHECK(all[0].utc > 1.7e9);
    // Each link's own bytes, in order.
    std::mt19937 random(2);
    int i = 0;
    for (const TranscriptEntry& entry : all) {
      if (entry.address != "link 2") continue;
      std::string bytes(random() % 40, '\0');
      for (char& c : bytes)
        c = static_cast<char>(random());
      CHECK(entry.bytes == bytes);
      CHECK(entry.direction == (i++ % 2 ? Direction::sent : Direction::received));
    }
    CHECK(i == 50);
  }
  std::filesystem::remove(path);
  CHECK_THROWS_AS(read_transcript(path.string()), base::FileError);
  CHECK_THROWS_WITH(parse_transcript_line("{\"utc\": 5}"), Contains("not a line of a transcript"));
  CHECK_THROWS_WITH(parse_transcript_line("half a li"), Contains("not a line of a transcript"));
  Transcript transcript;
  CHECK_THROWS_AS(transcript.log_to("/no/such/folder/x"), base::InputError);
  transcript.log_to("/dev/full");
  transcript.record(Direction::note, "a", "x");  // must not throw
  CHECK_THAT(transcript.file_error(), Contains("/dev/full"));
  CHECK(transcript.entries().size() == 1);
}
