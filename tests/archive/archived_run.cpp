#include "tests/archive/archived_run.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "acquisition/run_file.h"
#include "archive/archive_creation.h"
#include "archive/certificate_from_results.h"
#include "archive/certificate_pdf.h"
#include "archive/manifest.h"
#include "base/file.h"
#include "base/sha256.h"
#include "calibration/evaluation/evaluate.h"

namespace etalon::archive {

namespace fs = std::filesystem;

namespace {

const std::string golden = std::string(ETALON_SOURCE_DIR) + "/tests/golden/run-version-1";

const Certificate& certificate_of_run() {
  static const Certificate certificate = [] {
    const auto run = acquisition::read_run(golden + ".h5");
    return make_certificate(run, calibration::evaluate(run), "", "0.1.0");
  }();
  return certificate;
}

}  // namespace

ArchiveEntry archived_run() {
  static const ArchiveEntry entry = [] {
    ArchiveEntry made = archive_entry(certificate_of_run());
    const std::string dcc = base::read_file(golden + "-certificate.xml");
    made.files = {{kRoleDcc, "certificate.xml", "application/xml", dcc},
                  {kRolePdf, "certificate.pdf", "application/pdf", write_pdf(certificate_of_run(), dcc)},
                  {kRoleResults, "results.json", "application/json", base::read_file(golden + "-results.json")},
                  {kRoleRun, "run.h5", "application/x-hdf5", base::read_file(golden + ".h5")}};
    return made;
  }();
  return entry;
}

std::string replaced(const std::string& bytes, const std::string& text, const std::string& by) {
  const auto at = bytes.find(text);
  INFO(text);
  REQUIRE(at != std::string::npos);
  return bytes.substr(0, at) + by + bytes.substr(at + text.size());
}

ArchiveEntry with(ArchiveEntry entry, const std::string& role, const std::string& bytes) {
  for (auto& file : entry.files) {
    if (file.role == role) file.bytes = bytes;
  }
  return entry;
}

ArchiveEntry with_dcc(ArchiveEntry entry, const std::string& dcc) {
  return with(with(std::move(entry), kRoleDcc, dcc), kRolePdf, write_pdf(certificate_of_run(), dcc));
}

std::string rewritten_run(const std::string& folder, const std::function<void(acquisition::RunRecord&)>& change) {
  auto record = acquisition::read_run(golden + ".h5");
  change(record);
  const std::string path = folder + "/rewritten.h5";
  fs::remove(path);
  {
    auto writer = acquisition::RunWriter::create(path, record.plan_json, record.inputs, record.software);
    // In the order in which they happened.
    std::size_t reading = 0;
    for (const auto& event : record.events) {
      while (reading < record.readings.size() && record.readings[reading].sequence < event.sequence)
        writer.append(record.readings[reading++]);
      writer.append(event);
    }
    while (reading < record.readings.size())
      writer.append(record.readings[reading++]);
  }
  return base::read_file(path);
}

void forge(const std::string& archive_folder, const ArchiveEntry& entry, const std::string& manifest_name) {
  const auto archive = Archive::open_or_create(archive_folder);
  Manifest manifest{
      entry.number, entry.status, entry.begin_date, entry.end_date, entry.issue_date, entry.item_serial, {}};
  for (const auto& file : entry.files) {
    manifest.files.push_back({file.role, file.file_name, file.media_type, file.bytes.size(), base::sha256(file.bytes)});
    archive.objects().put(file.bytes);
  }
  const std::string name = manifest_name.empty() ? manifest_file_name(entry.number) : manifest_name;
  const std::string path = certificates_folder(archive_folder) + "/" + name;
  fs::remove(path);
  base::write_file_atomically(path, write_manifest(manifest));
}

}  // namespace etalon::archive
