// The version of run files, and with it of the plan in them. Readers accept every earlier one.
#pragma once

namespace etalon::acquisition {

// 1: until 2026-11. 2: inputs, plan and rows are sealed in the journal (journal_seal.h).
inline constexpr int run_file_version = 2;
inline constexpr int first_sealed_version = 2;

}  // namespace etalon::acquisition
