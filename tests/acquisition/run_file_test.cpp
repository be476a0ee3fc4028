// The run file: whatever happens to the program, the disk or the file, no row that was acknowledged is lost, and no
// part of a file is taken for a whole one.
#include "acquisition/run_file.h"

#include <hdf5.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;
using etalon::base::Error;
using etalon::base::InputError;

namespace {

std::map<std::string, std::string> some_inputs() {
  return {{"procedure", procedure_text},
          {"driver/keysight-34461a", "text\nof the driver\n"},
          {"driver/fluke-5522a", std::string("\x00\xff\x80", 3)},
          {"empty", ""}};
}

RunWriter new_run(const std::string& path) {
  return RunWriter::create(path, plan_to_json(small_plan()), some_inputs(), "etalon 0.1.0");
}

// The reading that belongs to a number, so that every row can be checked.
JournalReading reading(int i) {
  return {0,
          1 + i % 30,
          1 + i % 3,
          i % 5 ? "indication" : "settling",
          etalon::base::utc_text(1.78e9 + i),
          0.5 * i,
          1e-6 * i - 3,
          "V",
          0,
          "+" + std::to_string(i) + "E-06"};
}
JournalEvent marker(int i) {
  return {0,
          1 + i % 30,
          1,
          etalon::base::utc_text(1.78e9 + i),
          0.5 * i,
          "set",
          std::to_string(i),
          "等待 " + std::to_string(i)};
}

bool same(const JournalReading& a, const JournalReading& b) {
  return a.step == b.step && a.attempt == b.attempt && a.channel == b.channel && a.utc == b.utc &&
         a.monotonic == b.monotonic && a.value == b.value && a.unit == b.unit && a.flags == b.flags &&
         a.reply == b.reply;
}

// Runs `work` in another process; it must end by itself.
class Child {
 public:
  explicit Child(const std::function<int(int pipe)>& work) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    process_ = ::fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) {
      ::close(ends[0]);
      ::alarm(300);  // a hang is a failure
      int code = 99;
      try {
        code = work(ends[1]);
      } catch (const std::exception& error) {
        (void)!::write(2, error.what(), std::strlen(error.what()));
      }
      ::_exit(code);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  ~Child() { ::close(pipe_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void kill() { ::kill(process_, SIGKILL); }
  int wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  // The last number that came; -1 when none did.
  int last_number() {
    int number = -1;
    int last = -1;
    while (::read(pipe_, &number, sizeof(number)) == sizeof(number))
      last = number;
    return last;
  }
  bool next_number(int& number) { return ::read(pipe_, &number, sizeof(number)) == sizeof(number); }

 private:
  pid_t process_ = -1;
  int pipe_ = -1;
};

void tell(int pipe, int number) {
  (void)!::write(pipe, &number, sizeof(number));
}

// Readings 0, 1, 2 … and a marker after every tenth; `at_least` of them.
void check_rows(const RunRecord& record, int at_least) {
  REQUIRE(static_cast<int>(record.readings.size()) >= at_least);
  for (std::size_t i = 0; i < record.readings.size(); ++i)
    REQUIRE(same(record.readings[i], reading(static_cast<int>(i))));
  std::vector<std::int64_t> numbers;
  for (const auto& row : record.readings)
    numbers.push_back(row.sequence);
  for (const auto& row : record.events)
    numbers.push_back(row.sequence);
  std::sort(numbers.begin(), numbers.end());
  CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
  CHECK((numbers.empty() || numbers.front() == 1));
}

// The events that were appended, without the seals between them.
std::vector<JournalEvent> appended(const RunRecord& record) {
  std::vector<JournalEvent> events;
  std::copy_if(record.events.begin(), record.events.end(), std::back_inserter(events),
               [](const JournalEvent& each) { return each.kind != event::rows_sealed; });
  return events;
}

}  // namespace

TEST_CASE("what is appended is read back as it was, in UTF-8 and at any length") {
  const TemporaryFolder folder;
  const std::string path = folder / "runs/a b/标准.h5";  // folders are made
  std::string long_text;
  for (int i = 0; i < 700; ++i)
    long_text += i % 3 ? "温度" : "é" + std::to_string(i);
  const std::string broken_text(2000, '\x80');  // no UTF-8 at all
  {
    RunWriter writer = new_run(path);
    CHECK(writer.path() == path);
    CHECK(writer.last_utc() == 0);
    for (int i = 0; i < 150; ++i)
      writer.append(reading(i));
    JournalReading cut = reading(150);
    cut.reply = std::string(300, '7');
    writer.append(cut);
    JournalReading odd = reading(151);
    odd.value = -0.0;
    writer.append(odd);
    writer.append(JournalEvent{0, 0, 0, etalon::base::utc_text(1.79e9), 1, "run-started", "校准源", long_text});
    writer.append(JournalEvent{0, 0, 0, etalon::base::utc_text(1.79e9), 2, "fault", "", broken_text});
    writer.append(JournalEvent{0, 3, 2, etalon::base::utc_text(1.79e9), 3, "settled", "", ""});
    for (int size : {399, 400, 401, 799, 800, 801})
      writer.append(JournalEvent{0, 3, 2, etalon::base::utc_text(1.79e9), 3, "settled", "",
                                 std::string(static_cast<std::size_t>(size), 'x')});
    // In the same process, while it is written.
    CHECK(read_run(path).readings.size() == 152);
    writer.synchronise();
  }
  const RunRecord record = read_run(path);
  CHECK(record.path == path);
  CHECK(record.software == "etalon 0.1.0");
  CHECK(record.inputs == some_inputs());
  CHECK(record.plan_json == plan_to_json(small_plan()));
  CHECK(record.plan.points.size() == 5);
  REQUIRE(record.readings.size() == 152);
  for (int i = 0; i < 150; ++i) {
    CHECK(same(record.readings[static_cast<std::size_t>(i)], reading(i)));
    CHECK(record.readings[static_cast<std::size_t>(i)].sequence == i + 1);
  }
  CHECK(record.readings[150].flags == reading_text_cut);
  CHECK(record.readings[150].reply == std::string(96, '7'));
  CHECK(std::signbit(record.readings[151].value));
  const std::vector<JournalEvent> events = appended(record);
  REQUIRE(events.size() == 9);
  CHECK(events[0].text == long_text);
  CHECK(events[0].subject == "校准源");
  CHECK(events[0].sequence == 153);
  CHECK(events[1].text == broken_text);
  CHECK(events[2].text.empty());
  CHECK(events[2].step == 3);
  CHECK(events[2].attempt == 2);
  CHECK(events[6].text.size() == 799);
  CHECK(events[8].text.size() == 801);
  // Nothing else is left in the folder.
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "runs"))
    files += entry.is_regular_file();
  CHECK(files == 1);
}

TEST_CASE("a text that would lose its meaning when it is cut is refused") {
  const TemporaryFolder folder;
  RunWriter writer = new_run(folder / "run.h5");
  JournalReading row = reading(0);
  row.unit = "a unit that is far too long";
  CHECK_THROWS_WITH(writer.append(row), Catch::Contains("a unit that is far too long"));
  row = reading(0);
  row.channel = std::string(33, 'c');
  CHECK_THROWS_AS(writer.append(row), InputError);
  row.channel = std::string(32, 'c');
  CHECK_NOTHROW(writer.append(row));
  CHECK(read_run(folder / "run.h5").readings.at(0).channel == std::string(32, 'c'));
}

TEST_CASE("going on keeps every row and its number") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  {
    RunWriter writer = new_run(path);
    for (int i = 0; i < 70; ++i)
      writer.append(reading(i));
    writer.append(marker(1));
  }
  for (int session = 0; session < 3; ++session) {
    RunWriter writer = RunWriter::reopen(path);
    CHECK(writer.path() == path);
    const int begin = 70 + 65 * session;
    CHECK(writer.last_monotonic() == 0.5 * (begin - 1));
    CHECK(writer.last_utc() == Approx(1.78e9 + begin - 1).epsilon(1e-15));
    for (int i = begin; i < begin + 65; ++i)
      writer.append(reading(i));
  }
  const RunRecord record = read_run(path);
  CHECK(record.readings.size() == 70 + 3 * 65);
  check_rows(record, 70 + 3 * 65);
  CHECK(record.events.at(0).text == "等待 1");
  CHECK(record.inputs == some_inputs());
  CHECK_FALSE(std::filesystem::exists(path + ".rewriting"));
}

TEST_CASE("there is one writer at a time, and no file is overwritten") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  {
    RunWriter writer = new_run(path);
    writer.append(reading(0));
    CHECK_THROWS_WITH(new_run(path), Catch::Contains("exists already") && Catch::Contains("etalon resume"));
    CHECK_THROWS_WITH(RunWriter::reopen(path), Catch::Contains("another process is writing"));
    Child second([&](int) {
      try {
        RunWriter::reopen(path);
      } catch (const InputError& error) {
        return std::string(error.what()).find("another process is writing") != std::string::npos ? 0 : 2;
      }
      return 1;
    });
    CHECK(second.wait() == 0);
    writer.append(reading(1));  // undisturbed
  }
  Child after([&](int) {
    RunWriter::reopen(path).append(reading(2));
    return 0;
  });
  CHECK(after.wait() == 0);
  check_rows(read_run(path), 3);
  CHECK_THROWS_AS(RunWriter::create("/proc/nowhere/run.h5", "{}", {}, ""), Error);
  CHECK_THROWS_AS(RunWriter::reopen(folder / "none.h5"), InputError);
  std::ofstream(folder / "text.h5") << "no run";
  CHECK_THROWS_AS(new_run(folder / "text.h5"), InputError);
  CHECK(etalon::base::read_file(folder / "text.h5") == "no run");
}

TEST_CASE("another process sees the run grow, a step that is finished never without its readings") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  new_run(path);
  // The reader's looks so far, in memory both see: the writer waits for one now and then, however slow the reader is.
  auto* looks = static_cast<std::atomic<int>*>(
      ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(looks != MAP_FAILED);
  new (looks) std::atomic<int>(0);
  Child writer([&](int pipe) {
    RunWriter run = RunWriter::reopen(path);
    tell(pipe, 0);
    for (int i = 0; i < 1500; ++i) {
      run.append(reading(i));
      if (i % 10 == 9) run.append(marker(i));  // "so many readings are there"
      if (i % 150 == 75) {
        const int seen = *looks;
        while (*looks == seen)
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    return 0;
  });
  int started = -1;
  REQUIRE(writer.next_number(started));
  std::size_t last = 0;
  int grown = 0;
  while (last < 1500) {
    const RunRecord record = read_run(path);
    REQUIRE(record.readings.size() >= last);
    grown += record.readings.size() > last;
    last = record.readings.size();
    check_rows(record, 0);
    if (!record.events.empty()) REQUIRE(std::stoul(appended(record).back().subject) < last);
    ++*looks;
  }
  CHECK(grown > 5);
  CHECK(writer.wait() == 0);
  ::munmap(looks, sizeof(std::atomic<int>));
  CHECK(appended(read_run(path)).size() == 150);
}

TEST_CASE("kill -9 at any moment loses no row that was acknowledged") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  std::mt19937 random(31);
  int acknowledged = 0;
  int in_the_middle = 0;
  new_run(path);
  for (int kill = 0; kill < 30; ++kill) {
    const int begin = static_cast<int>(read_run(path).readings.size());
    Child writer([&](int pipe) {
      RunWriter run = RunWriter::reopen(path);  // the kill may meet this, too
      for (int i = begin;; ++i) {
        run.append(reading(i));
        tell(pipe, i + 1);
        if (i % 10 == 9) run.append(marker(i));
        if (i % 20 == 0) run.synchronise();
      }
      return 0;
    });
    // Every other kill meets the appending, the others mostly the putting in place.
    int first = 0;
    for (int i = 0; kill % 2 && i < 10; ++i)
      REQUIRE(writer.next_number(first));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % (kill % 2 ? 8000 : 20000)));
    writer.kill();
    CHECK(writer.wait() == -SIGKILL);
    acknowledged = std::max({acknowledged, first, writer.last_number()});
    const RunRecord record = read_run(path);
    INFO("kill " << kill << ", " << acknowledged << " acknowledged, " << record.readings.size() << " kept");
    check_rows(record, acknowledged);
    in_the_middle += static_cast<int>(record.readings.size()) > begin;
  }
  CHECK(in_the_middle >= 15);
  CHECK(acknowledged > 100);
  RunWriter run = RunWriter::reopen(path);
  const int count = static_cast<int>(read_run(path).readings.size());
  run.append(reading(count));
  check_rows(read_run(path), count + 1);
}

TEST_CASE("many readings at once are numbered in their order, and a kill loses none that were acknowledged") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  const auto block_from = [](int begin, int size) {
    std::vector<JournalReading> block;
    for (int i = begin; i < begin + size; ++i)
      block.push_back(reading(i));
    return block;
  };
  {
    RunWriter writer = new_run(path);
    int begin = 0;
    for (const int size : {0, 1, 63, 64, 65, 1000, 0, 7}) {
      writer.append(block_from(begin, size));
      begin += size;
      writer.append(marker(begin));
      CHECK(static_cast<int>(read_run(path).readings.size()) == begin);
    }
    std::vector<JournalReading> bad = block_from(begin, 3);
    bad[2].unit = "a unit that is far too long";
    CHECK_THROWS_AS(writer.append(bad), InputError);
    CHECK(static_cast<int>(read_run(path).readings.size()) == begin);  // none of the three
    writer.append(reading(begin));
    check_rows(read_run(path), begin + 1);
    CHECK(appended(read_run(path)).size() == 8);
  }
  std::mt19937 random(7);
  int acknowledged = 0;
  for (int kill = 0; kill < 20; ++kill) {
    const int begin = static_cast<int>(read_run(path).readings.size());
    Child writer([&](int pipe) {
      RunWriter run = RunWriter::reopen(path);
      for (int i = begin;; i += 500) {
        run.append(block_from(i, 500));
        tell(pipe, i + 500);
      }
      return 0;
    });
    int first = 0;
    REQUIRE(writer.next_number(first));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
    writer.kill();
    CHECK(writer.wait() == -SIGKILL);
    acknowledged = std::max({acknowledged, first, writer.last_number()});
    check_rows(read_run(path), acknowledged);
  }
}

TEST_CASE("what is no run file, or only a part of one, is refused and never crashes the program") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  {
    RunWriter writer = new_run(path);
    for (int i = 0; i < 100; ++i)
      writer.append(reading(i));
    for (int i = 0; i < 20; ++i)
      writer.append(marker(i));
  }
  const std::string closed = etalon::base::read_file(path);
  Child killed([&](int pipe) {
    RunWriter run = RunWriter::reopen(path);
    run.append(reading(100));
    tell(pipe, 1);
    ::pause();
    return 0;
  });
  int number = 0;
  REQUIRE(killed.next_number(number));
  killed.kill();
  killed.wait();
  const std::string broken_off = etalon::base::read_file(path);
  CHECK_THROWS_AS(read_run(folder / "none.h5"), InputError);
  CHECK_THROWS_AS(read_run(folder / "."), InputError);
  std::ofstream(folder / "empty.h5").close();
  CHECK_THROWS_AS(read_run(folder / "empty.h5"), Error);
  std::ofstream(folder / "text.h5") << procedure_text;
  CHECK_THROWS_WITH(read_run(folder / "text.h5"), Catch::Contains("text.h5") && Catch::Contains("no HDF5 file"));
  {
    const hid_t other = H5Fcreate((folder / "other.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(other);
    CHECK_THROWS_WITH(read_run(folder / "other.h5"), Catch::Contains("no etalon run file"));
    CHECK_THROWS_AS(RunWriter::reopen(folder / "other.h5"), Error);
  }
  // In another process: a crash or a hang would be one.
  int refused = 0;
  for (const std::string* bytes : {&closed, &broken_off}) {
    Child reader([&](int pipe) {
      int count = 0;
      for (std::size_t length = 0; length < bytes->size(); length += 1 + bytes->size() / 150) {
        const std::string part = folder / "part.h5";
        {
          std::ofstream file(part, std::ios::binary | std::ios::trunc);
          file.write(bytes->data(), static_cast<std::streamsize>(length));
        }
        try {
          const RunRecord record = read_run(part);
          for (std::size_t i = 0; i < record.readings.size(); ++i) {
            if (!same(record.readings[i], reading(static_cast<int>(i)))) return 3;
          }
        } catch (const Error&) {
          ++count;
        }
      }
      tell(pipe, count);
      return 0;
    });
    CHECK(reader.wait() == 0);
    refused += reader.last_number();
  }
  CHECK(refused > 250);
}

TEST_CASE("a full disk is said clearly, loses no earlier row, and does not crash at the end") {
  const TemporaryFolder folder;
  for (const int room : {100, 3000, 20000, 60000}) {
    INFO(room << " bytes left");
    const std::string path = folder / ("run" + std::to_string(room) + ".h5");
    new_run(path);
    Child writer([&](int pipe) {
      ::signal(SIGXFSZ, SIG_IGN);
      int kept = 0;
      std::string error_text;
      {
        RunWriter run = RunWriter::reopen(path);
        const rlim_t size = std::filesystem::file_size(path) + static_cast<rlim_t>(room);
        const rlimit limit{size, size};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
        try {
          for (int i = 0; i < 100000; ++i) {
            run.append(reading(i));
            tell(pipe, ++kept);
          }
        } catch (const RunFileError& error) {
          error_text = error.what();
        }
        // What a runner does then: it tries to note why it stops.
        int later_errors = 0;
        for (int i = 0; i < 3; ++i) {
          try {
            run.append(marker(i));
          } catch (const RunFileError&) {
            ++later_errors;
          }
        }
        if (later_errors == 0) return 5;
      }
      if (error_text.find(path) == std::string::npos || error_text.find("disk full") == std::string::npos) return 3;
      if (H5close() < 0) return 4;
      return 0;
    });
    CHECK(writer.wait() == 0);
    const int kept = std::max(writer.last_number(), 0);
    RunRecord record;
    REQUIRE_NOTHROW(record = read_run(path));
    check_rows(record, kept);
    // With room again the run goes on.
    {
      RunWriter run = RunWriter::reopen(path);
      run.append(reading(static_cast<int>(record.readings.size())));
    }
    check_rows(read_run(path), kept + 1);
  }
}

TEST_CASE("a disk that is full when a run is begun or gone on with leaves what was there") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.h5";
  {
    RunWriter writer = new_run(path);
    for (int i = 0; i < 300; ++i)
      writer.append(reading(i));
  }
  const std::string before = etalon::base::read_file(path);
  Child writer([&](int) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4000, 4000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int errors = 0;
    try {
      RunWriter::reopen(path);
    } catch (const RunFileError&) {
      ++errors;
    }
    try {
      new_run(folder / "new.h5");
    } catch (const RunFileError&) {
      ++errors;
    }
    H5close();
    return errors == 2 ? 0 : 1;
  });
  CHECK(writer.wait() == 0);
  CHECK(etalon::base::read_file(path) == before);
  CHECK_FALSE(std::filesystem::exists(folder / "new.h5"));
  check_rows(read_run(path), 300);
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder / "."))
    ++files;
  CHECK(files == 1);
}
