// USBTMC links against a model of the kernel's driver: this program's own ioctl() answers the driver's calls on a
// pseudo-terminal that stands for /dev/usbtmcN, as Linux 6.1's drivers/usb/class/usbtmc.c does; all other calls go to
// the kernel. No real instrument was tried: the model is as good as the reading of that file and of USBTMC 1.0.
#include <fcntl.h>
#include <linux/usb/tmc.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdarg>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "drivers/messages/conversation.h"
#include "drivers/simulation/pseudo_terminal.h"

using namespace etalon;
using namespace etalon::drivers;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// The instrument and the driver in one.
class ModelledDevice {
 public:
  ModelledDevice() { present = this; }
  ~ModelledDevice() {
    const std::lock_guard lock(present_mutex);
    present = nullptr;
  }
  std::string path() const { return terminal_.slave_path(); }

  // Message in, reply out (perhaps empty); END after the reply.
  std::function<std::string(const std::string& message)> answer = [](const std::string&) { return ""; };
  std::size_t largest_transfer = 1u << 30;  // of the instrument: longer replies come in several
  bool wrong_tag = false;
  bool stalled = false;  // takes nothing
  int clears = 0, triggers = 0, locals = 0;
  std::vector<std::string> messages;
  std::size_t transfers_out = 0;

  void reply_late(const std::string& text) {
    const std::lock_guard lock(mutex_);
    output_ = text;
    serve();
  }
  void request_service() {
    const std::lock_guard lock(mutex_);
    status_ = 0x41;
  }

  // -1 with errno, as the system call.
  int call(unsigned long request, void* argument) {
    const std::lock_guard lock(mutex_);
    switch (request) {
      case USBTMC_IOCTL_API_VERSION:
        *static_cast<__u32*>(argument) = 3;
        return 0;
      case USBTMC488_IOCTL_GET_CAPS:
        *static_cast<unsigned char*>(argument) = USBTMC488_CAPABILITY_TRIGGER | USBTMC488_CAPABILITY_GOTO_LOCAL | 4;
        return 0;
      case USBTMC_IOCTL_WRITE:
        return write(*static_cast<usbtmc_message*>(argument));
      case USBTMC_IOCTL_WRITE_RESULT:
        *static_cast<__u32*>(argument) = stalled ? 0 : written_;
        return 0;
      case USBTMC_IOCTL_READ:
        return read(*static_cast<usbtmc_message*>(argument));
      case USBTMC_IOCTL_CANCEL_IO:
      case USBTMC_IOCTL_CLEANUP_IO:
        ready_.clear();
        submitted_ = false;
        drop_signals();
        return 0;
      case USBTMC_IOCTL_CLEAR:
        ++clears;
        incoming_.clear();
        output_.clear();
        asked_ = 0;
        return 0;
      case USBTMC488_IOCTL_READ_STB:
        *static_cast<unsigned char*>(argument) = status_;
        status_ &= static_cast<unsigned char>(~0x40);
        return 0;
      case USBTMC488_IOCTL_TRIGGER:
        ++triggers;
        return 0;
      case USBTMC488_IOCTL_GOTO_LOCAL:
        ++locals;
        return 0;
      default:
        errno = ENOTTY;
        return -1;
    }
  }

  static ModelledDevice* present;
  static std::mutex present_mutex;

 private:
  int write(usbtmc_message& message) {
    const std::string bytes(static_cast<const char*>(message.message), message.transfer_size);
    REQUIRE(message.flags == USBTMC_FLAG_ASYNC);
    REQUIRE(bytes.size() >= 12);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    REQUIRE(byte(1) != 0);
    REQUIRE(byte(1) == static_cast<unsigned char>(~byte(2)));
    REQUIRE(byte(1) != last_tag_);  // USBTMC 1.0, 3.2: never the same twice in a row
    last_tag_ = byte(1);
    const std::size_t size = byte(4) | byte(5) << 8 | byte(6) << 16 | static_cast<std::size_t>(byte(7)) << 24;
    message.transferred = written_ = message.transfer_size;
    if (stalled) return 0;
    if (byte(0) == 1) {
      REQUIRE(asked_ == 0);  // no message while a reply is being fetched
      REQUIRE(bytes.size() == 12 + size);
      ++transfers_out;
      incoming_ += bytes.substr(12);
      if (byte(8) & 1) {
        messages.push_back(std::exchange(incoming_, {}));
        output_ = answer(messages.back());
      }
    } else {
      REQUIRE(byte(0) == 2);
      REQUIRE(bytes.size() == 12);
      REQUIRE(asked_ == 0);
      asked_ = size;
      tag_ = wrong_tag ? static_cast<unsigned char>(byte(1) + 1) : byte(1);
      serve();
    }
    return 0;
  }

  // The transfer that was asked for, in packets as they fill the driver's buffers.
  void serve() {
    if (asked_ == 0 || output_.empty()) return;
    const std::size_t size = std::min({asked_, largest_transfer, output_.size()});
    std::string transfer(12, '\0');
    transfer[0] = 2;
    transfer[1] = static_cast<char>(tag_);
    transfer[2] = static_cast<char>(~tag_);
    for (std::size_t i = 0; i < 4; ++i)
      transfer[4 + i] = static_cast<char>(size >> (8 * i) & 0xff);
    transfer[8] = size == output_.size() ? 1 : 0;
    transfer += output_.substr(0, size);
    output_.erase(0, size);
    transfer.resize((transfer.size() + 3) / 4 * 4, 'P');  // what fills up to four bytes is no data
    asked_ = 0;
    for (std::size_t at = 0; at < transfer.size(); at += 4096)
      ready_.push_back(transfer.substr(at, 4096));
    if (submitted_) signal();
  }

  int read(usbtmc_message& message) {
    REQUIRE(message.flags == USBTMC_FLAG_ASYNC);
    REQUIRE(message.transfer_size == 4096);
    message.transferred = 0;
    if (!submitted_) {
      submitted_ = true;
      if (!ready_.empty()) signal();
      errno = EAGAIN;
      return -1;
    }
    if (ready_.empty()) return 0;
    submitted_ = false;
    std::memcpy(message.message, ready_.front().data(), ready_.front().size());
    message.transferred = static_cast<__u32>(ready_.front().size());
    const bool is_short = ready_.front().size() < 4096;
    ready_.pop_front();
    drop_signals();
    return is_short ? 1 : 0;
  }

  // POLLIN on the pseudo-terminal.
  void signal() { terminal_.write("!", never_); }
  void drop_signals() {
    const int slave = ::open(terminal_.slave_path().c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY);
    char bytes[16];
    while (::read(slave, bytes, sizeof(bytes)) > 0) {
    }
    ::close(slave);
  }

  PseudoTerminal terminal_;
  base::Cancellation never_;
  std::mutex mutex_;
  std::string incoming_, output_;
  std::size_t asked_ = 0;
  unsigned char tag_ = 0, last_tag_ = 0, status_ = 0;
  __u32 written_ = 0;
  bool submitted_ = false;
  std::deque<std::string> ready_;
};

ModelledDevice* ModelledDevice::present = nullptr;
std::mutex ModelledDevice::present_mutex;

LinkOptions named() {
  LinkOptions options;
  options.instrument = "scope";
  return options;
}

std::unique_ptr<Conversation> talk(ModelledDevice& device, milliseconds first_byte = 20s) {
  ConversationSettings settings;
  settings.first_byte_timeout = first_byte;
  settings.write_timeout = 20s;
  return std::make_unique<Conversation>(
      open_link(UsbtmcAddress{device.path()}, named()), settings,
      Proof{"*IDN?", [](const std::string& reply) { return reply.starts_with("MAKER,"); }});
}

InstrumentError error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    return error;
  }
  FAIL("no fault");
  throw 0;
}

}  // namespace

// The program's own definition comes before the library's.
extern "C" int ioctl(int descriptor, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (_IOC_TYPE(request) == USBTMC_IOC_NR) {
    const std::lock_guard lock(ModelledDevice::present_mutex);
    if (ModelledDevice::present) return ModelledDevice::present->call(request, argument);
  }
  return static_cast<int>(::syscall(SYS_ioctl, descriptor, request, argument));
}

TEST_CASE("no USBTMC device, something else, no permission") {
  const auto what = [](const std::string& path) {
    const InstrumentError error = error_of([&] { open_link(UsbtmcAddress{path}, named()); });
    CHECK(error.fault() == Fault::connect_failed);
    CHECK_THAT(error.what(), Contains("scope at USBTMC" + path + "::INSTR"));
    return std::string(error.what());
  };
  CHECK_THAT(what("/dev/usbtmc-not-there"), Contains("there is no such device"));
  CHECK_THAT(what("/dev/null"), Contains("this is no USBTMC device"));
  const std::string file = "/tmp/etalon-usbtmc-test-" + std::to_string(::getpid());
  ::close(::open(file.c_str(), O_CREAT | O_RDWR, 0600));
  CHECK_THAT(what(file), Contains("this is no USBTMC device"));
  if (::geteuid() != 0) {
    ::chmod(file.c_str(), 0);
    CHECK_THAT(what(file), Contains("no permission"));
  }
  ::unlink(file.c_str());
}

TEST_CASE("messages and replies over USBTMC") {
  ModelledDevice device;
  const std::string large(100000, 'x');
  device.largest_transfer = GENERATE(std::size_t{1} << 30, std::size_t{10000}, std::size_t{4084}, std::size_t{7});
  device.answer = [&](const std::string& message) -> std::string {
    if (message == "*IDN?\n") return "MAKER,SCOPE,1,1\n";
    if (message == "CURVE?\n") return "#6100000" + large + "\n";
    if (message == "NOLF?\n") return "1.5";
    return message.find('?') == std::string::npos ? "" : "<" + message.substr(0, message.size() - 1) + ">\n";
  };
  const auto scope = talk(device);
  CHECK(scope->query("*IDN?") == "MAKER,SCOPE,1,1");
  for (int i = 0; i < 300; ++i)  // the tags go round
    CHECK(scope->query("MEAS" + std::to_string(i) + "?") == "<MEAS" + std::to_string(i) + "?>");
  CHECK(scope->query("NOLF?") == "1.5");
  QueryOptions options;
  options.max_reply_size = 200000;
  CHECK(scope->query_block("CURVE?", options) == large);
  device.transfers_out = 0;
  const std::string long_message = "DATA " + std::string(70000, 'y');
  scope->send(long_message);
  CHECK(device.messages.back() == long_message + "\n");
  CHECK(device.transfers_out == 3);
  CHECK(scope->recoveries() == 0);
}

TEST_CASE("a late USBTMC reply is not the next query's") {
  ModelledDevice device;
  device.answer = [&](const std::string& message) -> std::string {
    if (message == "*IDN?\n") return "MAKER,SCOPE,1,1\n";
    return message == "FAST?\n" ? "2.5\n" : "";
  };
  const auto scope = talk(device, 300ms);
  QueryOptions patient;
  patient.first_byte_timeout = 20s;
  CHECK(scope->query("FAST?", patient) == "2.5");
  const int clears = device.clears;
  CHECK(error_of([&] { scope->query("SLOW?"); }).fault() == Fault::timeout);
  device.reply_late("1.25\n");
  CHECK(scope->query("FAST?", patient) == "2.5");
  CHECK(device.clears > clears);
  CHECK(scope->recoveries() == 1);
}

TEST_CASE("a reply that comes in time after the link waited for it") {
  ModelledDevice device;
  const auto link = open_link(UsbtmcAddress{device.path()}, named());
  link->write("SLOW?\n", within(20s));
  CHECK(link->read_some(within(100ms)).empty());
  std::thread later([&] {
    std::this_thread::sleep_for(100ms);
    device.reply_late("1.25\n");
  });
  ReplyLimits limits;
  limits.first_byte = 20s;
  CHECK(link->read_until("\n", limits) == "1.25");
  later.join();
}

TEST_CASE("USBTMC transfers that are wrong") {
  ModelledDevice device;
  device.answer = [](const std::string&) { return "1.5\n"; };
  const auto link = open_link(UsbtmcAddress{device.path()}, named());
  device.wrong_tag = true;
  link->write("READ?\n", within(20s));
  ReplyLimits limits;
  limits.first_byte = 20s;
  CHECK(error_of([&] { link->read_until("\n", limits); }).fault() == Fault::unexpected_reply);
  device.wrong_tag = false;
  link->device_clear(within(20s));
  link->write("READ?\n", within(20s));
  CHECK(link->read_until("\n", limits) == "1.5");
  device.stalled = true;
  CHECK(error_of([&] { link->write("READ?\n", within(100ms)); }).fault() == Fault::timeout);
}

TEST_CASE("cancelled while waiting for a USBTMC reply") {
  ModelledDevice device;
  const auto scope = talk(device, 60s);
  base::Cancellation cancellation;
  QueryOptions options;
  options.cancellation = &cancellation;
  std::thread stopper([&] {
    std::this_thread::sleep_for(50ms);
    cancellation.cancel("enough");
  });
  CHECK_THROWS_AS(scope->query("NEVER?", options), base::InterruptedError);
  stopper.join();
}

TEST_CASE("status byte, trigger and local over USBTMC; one program at a time") {
  ModelledDevice device;
  const auto link = open_link(UsbtmcAddress{device.path()}, named());
  REQUIRE((link->has_status_byte() && link->has_trigger() && link->has_go_to_local()));
  device.request_service();
  CHECK(link->status_byte(within(20s)) == 0x41);
  CHECK(link->status_byte(within(20s)) == 0x01);
  CHECK_FALSE(link->wait_for_service_request(within(50ms)));
  link->trigger(within(20s));
  link->go_to_local(within(20s));
  CHECK(device.triggers == 1);
  CHECK(device.locals == 1);
  CHECK_THAT(error_of([&] { open_link(UsbtmcAddress{device.path()}, named()); }).what(),
             Contains("another program uses this instrument"));
}
