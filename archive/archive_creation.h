// The places of an archive, its description, and how it is made.
#pragma once

#include <string>

namespace etalon::archive {

inline constexpr int kArchiveFormat = 1;

std::string description_path(const std::string& folder);
std::string certificates_folder(const std::string& folder);
std::string store_folder(const std::string& folder);

// What archive.json says. FileError when it is no description of an archive of this or an earlier format.
void check_description(const std::string& folder);
// The format that its text states; FileError with `path` when it is no description.
int described_format(const std::string& text, const std::string& path);

// Makes an archive where there is no folder, an empty one, or one whose making was interrupted (it then holds nothing
// but parts of archive.json and empty folders of an archive). Does nothing to one that is there. FileError when the
// folder holds anything else.
void make_archive(const std::string& folder);
// Whether a folder holds nothing but what an interrupted make_archive leaves, and at least some of it.
bool is_unfinished_archive(const std::string& folder);

}  // namespace etalon::archive
